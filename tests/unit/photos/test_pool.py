from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable

import pytest
from tests.unit.photos.conftest import SPEC, encoded, scene

from lookalike.errors import Cancelled, PhotoError
from lookalike.photos.decode import Decoded, decode
from lookalike.photos.pool import DecodePool
from lookalike.progress import CancelToken


@pytest.fixture
def photos(put) -> list[str]:
    return [put(f"{i:02}.jpg", encoded(scene(160, 120, i), "JPEG")) for i in range(12)]


@pytest.fixture(autouse=True)
def nothing_left():
    threads = threading.active_count()
    yield
    assert multiprocessing.active_children() == []
    assert threading.active_count() == threads


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody has collected counts as ended)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_the_pool_gives_what_decode_gives(photos):
    with DecodePool(2, SPEC, 30) as pool:
        done = dict(pool.run(enumerate(photos)))
        assert sorted(done) == list(range(12))
        for number, path in enumerate(photos):
            mine, own = done[number], decode(path, SPEC)
            assert isinstance(mine, Decoded)
            assert (mine.network_input == own.network_input).all()
            assert (mine.thumbnail, mine.facts, mine.digest) == (
                own.thumbnail,
                own.facts,
                own.digest,
            )
            assert (mine.size, mine.mtime_ns) == (own.size, own.mtime_ns)
        # Results stay as they are while the shared memory is used again.
        before = {number: one.network_input.copy() for number, one in done.items()}
        list(pool.run(enumerate(reversed(photos))))
        assert all((done[number].network_input == kept).all() for number, kept in before.items())


def test_bad_files_cost_themselves_alone(put, photos):
    bad = [put("empty.jpg", b""), put("text.jpg", b"text"), "/nowhere/at/all.jpg"]
    jobs = [path for pair in zip(photos, bad * 4, strict=True) for path in pair]
    with DecodePool(2, SPEC, 30) as pool:
        done = dict(pool.run(enumerate(jobs)))
    assert len(done) == 24
    assert all(isinstance(done[i], PhotoError if i % 2 else Decoded) for i in range(24))
    assert "empty" in str(done[1])


def test_no_jobs_start_no_process():
    with DecodePool(2, SPEC, 30) as pool:
        assert list(pool.run([])) == []
        assert multiprocessing.active_children() == []


def test_it_reads_only_a_little_ahead(photos):
    taken = []

    def jobs():
        for number, path in enumerate(photos * 10):
            taken.append(number)
            yield number, path

    with DecodePool(1, SPEC, 30) as pool:
        seen = 0
        for _ in pool.run(jobs()):
            seen += 1
            assert len(taken) - seen < 8
    assert seen == 120


def test_a_worker_killed_once_costs_no_photo(photos):
    with DecodePool(1, SPEC, 30) as pool:
        running = pool.run(enumerate(photos))
        done = [next(running)]
        pid = pool._workers[0].process.pid
        os.kill(pid, signal.SIGSTOP)  # so that it surely dies with photos in hand
        os.kill(pid, signal.SIGKILL)
        done += running
    assert sorted(number for number, _ in done) == list(range(12))
    assert all(isinstance(one, Decoded) for _, one in done)


def test_a_photo_that_kills_every_worker_is_blamed_alone(put, photos, slow_jpeg):
    """The kills are real; they come while the slow photo is being decoded, as a crash would."""
    jobs = [photos[0], put("slow.jpg", slow_jpeg), *photos[1:4]]
    with DecodePool(1, SPEC, 30) as pool:

        def hand() -> str | None:
            for each in pool._workers:
                if each.ready and each.jobs:
                    return each.jobs[0][1].path
            return None

        def kill_twice() -> None:
            for _ in range(2):
                until(lambda: hand() == jobs[1])
                time.sleep(0.1)
                pid = pool._workers[0].process.pid
                os.kill(pid, signal.SIGKILL)
                until(lambda pid=pid: gone(pid))
                until(lambda pid=pid: all(w.process.pid != pid for w in list(pool._workers)))

        killer = threading.Thread(target=kill_twice)
        killer.start()
        done = dict(pool.run(enumerate(jobs)))
        killer.join()
    assert isinstance(done[1], PhotoError)
    assert "ends the reading process" in str(done[1])
    assert all(isinstance(done[number], Decoded) for number in (0, 2, 3, 4))


def test_a_photo_that_takes_too_long_is_given_up(put, photos, slow_jpeg):
    jobs = [photos[0], put("slow.jpg", slow_jpeg), *photos[1:4]]
    start = time.monotonic()
    decode(jobs[1], SPEC)
    # A machine's speed is not known beforehand: a third of what this one needs.
    limit = round((time.monotonic() - start) / 3, 2)
    with DecodePool(1, SPEC, limit) as pool:
        done = dict(pool.run(enumerate(jobs)))
    assert f"longer than {limit:g} seconds" in str(done[1])
    assert all(isinstance(done[number], Decoded) for number in (0, 2, 3, 4))


def test_a_worker_that_stands_still_is_replaced(photos):
    with DecodePool(2, SPEC, 1.0) as pool:
        running = pool.run(enumerate(photos * 20))
        done = [next(running)]
        while len(pool._workers) < 2 or not all(each.ready for each in pool._workers):
            done.append(next(running))
        os.kill(pool._workers[0].process.pid, signal.SIGSTOP)
        done += running
    failed = [one for _, one in done if isinstance(one, PhotoError)]
    assert len(done) == 240
    assert len(failed) <= 1  # none if it stood still between two photos it had answered
    assert all("longer than 1 seconds" in str(one) for one in failed)


def test_cancelling_stops_at_once_and_the_pool_stays_usable(put, photos, slow_jpeg):
    slow = put("slow.jpg", slow_jpeg)
    token = CancelToken()
    with DecodePool(1, SPEC, 30) as pool:
        list(pool.run(enumerate(photos[:1])))
        threading.Timer(0.3, token.cancel).start()
        start = time.monotonic()
        with pytest.raises(Cancelled):
            list(pool.run(enumerate([slow] * 20), token))
        assert time.monotonic() - start < 5
        assert len(list(pool.run(enumerate(photos)))) == 12


def test_leaving_a_run_half_way_drops_its_photos(photos):
    with DecodePool(2, SPEC, 30) as pool:
        for number, _ in pool.run(enumerate(photos * 5)):
            if number > 3:
                break
        assert sorted(number for number, _ in pool.run(enumerate(photos))) == list(range(12))


def test_workers_are_polite_and_light(photos):
    with DecodePool(1, SPEC, 30) as pool:
        list(pool.run(enumerate(photos)))
        pid = pool._workers[0].process.pid
        assert os.getpriority(os.PRIO_PROCESS, pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 10 or (
            os.getpriority(os.PRIO_PROCESS, pid) == 19
        )
        os.kill(pid, signal.SIGINT)
        assert len(list(pool.run(enumerate(photos)))) == 12
        assert pool._workers[0].process.pid == pid
        with open(f"/proc/{pid}/maps") as maps:
            loaded = maps.read()
    assert "PIL" in loaded
    assert not any(name in loaded for name in ("onnx", "hnswlib", "cv2", "PySide6", "Qt6"))


def test_workers_leave_when_their_parent_is_killed(photos, put, slow_jpeg):
    script = """
        import sys, time
        from lookalike.photos.decode import DecodeSpec
        from lookalike.photos.pool import DecodePool
        if __name__ == "__main__":
            pool = DecodePool(2, DecodeSpec(64, 96), 60)
            running = pool.run(enumerate(sys.argv[1:]))
            next(running)
            print(*[each.process.pid for each in pool._workers], flush=True)
            time.sleep(60)
    """
    path = put("parent.py", textwrap.dedent(script).encode())
    jobs = [photos[0], *[put(f"slow{i}.jpg", slow_jpeg) for i in range(6)]]
    with subprocess.Popen(
        [sys.executable, path, *jobs],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
    until(lambda: all(gone(pid) for pid in pids))


def test_workers_that_cannot_start_are_told_of_not_tried_for_ever(photos, put):
    """A program without the usual guard runs itself again in each worker, which Python refuses."""
    script = """
        import sys
        from lookalike.errors import LookalikeError
        from lookalike.photos.decode import DecodeSpec
        from lookalike.photos.pool import DecodePool
        try:
            with DecodePool(2, DecodeSpec(64, 96), 60) as pool:
                list(pool.run(enumerate(sys.argv[1:])))
        except LookalikeError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, put("parent.py", textwrap.dedent(script).encode()), *photos],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip().endswith("cannot start; run `lookalike self-test`.")
