"""What each command does and prints. `--json` prints one object (`--batch`: one a line)."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path

from lookalike.errors import GoalError
from lookalike.library import Library
from lookalike.printing import check_outputs, print_json, progress_bar
from lookalike.records import Answer, Changes, Goal, Match, Query
from lookalike.records.upkeep import LibraryStatus
from lookalike.writing import picture_path, save_arrays, save_picture


def run(options: argparse.Namespace) -> int:
    """Do what the parsed `options` ask; return the exit status."""
    from lookalike import filter_commands, network_commands

    handlers = {
        "index": _index,
        "search": _search,
        "explain": _explain,
        "saliency": network_commands.saliency,
        "segment": network_commands.segment,
        "models": network_commands.models,
        "filters": filter_commands.filters,
        "duplicates": _duplicates,
        "forget": _forget,
        "status": _status,
        "verify": _verify,
        "rebuild": _rebuild,
        "self-test": _self_test,
    }
    return handlers[options.command](options)


def _index(options: argparse.Namespace) -> int:
    with (
        Library.open(options.data_dir) as library,
        progress_bar(sys.stderr.isatty() and not options.json) as on_progress,
    ):
        changes = library.index(options.folders, on_progress)
    if options.json:
        print_json(asdict(changes))
    else:
        print(_sentence(changes))
    return 0


def _sentence(changes: Changes) -> str:
    parts = [
        f"{count:,} {word}"
        for word in ("added", "updated", "moved", "removed", "unchanged", "skipped")
        if (count := getattr(changes, word))
    ]
    done = ", ".join(parts) or "nothing new"
    return f"{done}; {changes.photos:,} photos in the library ({changes.seconds:.1f} s)"


def _goals(library: Library, options: argparse.Namespace, *paths: str) -> tuple[Goal, ...]:
    mask = _mask(options)
    positive = [
        Goal(path=path, region=options.region, mask=mask, name=os.path.basename(path))
        for path in paths
    ]
    if options.rest_style:
        both = [library.segmenter.in_this_style(goal, options.rest_style) for goal in positive]
        positive = [goal for pair in both for goal in pair]
    negative = [
        Goal(path=path, weight=-1.0, name=os.path.basename(path)) for path in options.negatives
    ]
    return (*positive, *negative)


def _query(goals: tuple[Goal, ...], options: argparse.Namespace) -> Query:
    thorough = not options.quick
    return Query(
        goals, options.k, options.depth, options.style, thorough, options.words, options.places
    )


def _mask(options: argparse.Namespace) -> bytes | None:
    if not options.mask:
        return None
    try:
        return Path(options.mask).read_bytes()
    except OSError as error:
        raise GoalError(f"{options.mask} cannot be read: {error.strerror}.") from error


def _search(options: argparse.Namespace) -> int:
    if options.out:
        picture_path(options.out)
    with Library.open(options.data_dir, write=False) as library:
        if options.batch:
            return _search_batch(library, options)
        goals = _goals(library, options, *options.goals)
        query = _query(goals, options)
        answer = library.search(query)
        _print_answer(answer, options)
        if options.out and answer.matches:
            save_picture(library.contact_sheet(answer), options.out)
            if not options.json:
                print(f"Wrote {options.out}")
    return 0


def _search_batch(library: Library, options: argparse.Namespace) -> int:
    """One answer a line, in order; a goal that fails answers with its error and the rest go on."""
    try:
        with open(options.batch, encoding="utf-8", errors="surrogateescape") as lines:
            paths = [line.rstrip("\r\n") for line in lines if line.strip()]
    except OSError as error:
        raise GoalError(f"{options.batch} cannot be read: {error.strerror}.") from error
    status = 0
    answers = library.search_each(_query(_goals(library, options, path), options) for path in paths)
    for path, answer in zip(paths, answers, strict=True):
        if isinstance(answer, Answer):
            _print_answer(answer, options)
            continue
        status = 1
        if options.json:
            print_json({"goals": [path], "results": [], "ms": 0.0, "error": str(answer)})
        print(f"lookalike: {answer}", file=sys.stderr)
    return status


def _print_answer(answer: Answer, options: argparse.Namespace) -> None:
    matches = answer.matches
    ends = answer.likeness_ends
    counts: dict[int, int] = {}
    if options.collapse:
        ends = None if ends is None else len(_collapsed(matches[:ends])[0])
        matches, counts = _collapsed(matches)
    if options.json:
        results = []
        for match in matches:
            told: dict[str, object] = {
                "path": match.photo.path,
                "score": round(match.score, 6),
                "kind": match.kind,
            }
            if match.details:
                # It stands ahead of its score: these say why.
                told["details"] = match.details
            if match.group is not None:
                told["group"] = match.group
            if options.collapse:
                told["count"] = counts[match.photo.id]
            results.append(told)
        goals = [goal.path or goal.name for goal in answer.query.goals]
        ms = round(answer.milliseconds, 2)
        whole: dict[str, object] = {"goals": goals, "results": results, "ms": ms}
        whole["likeness_ends"] = ends
        if answer.note:
            whole["note"] = answer.note
        print_json(whole)
        return
    for place, match in enumerate(matches):
        if place and place == ends:
            print("-------  likeness ends here")
        more = counts.get(match.photo.id, 1) - 1
        count = f"  (and {more} more of it)" if more else ""
        why = f"  (ahead of its score: {match.details} details agree)" if match.details else ""
        print(f"{match.score:7.3f}  {match.kind:7}  {match.photo.path}{count}{why}")
    if not matches:
        print(answer.note)


def _collapsed(matches: tuple[Match, ...]) -> tuple[tuple[Match, ...], dict[int, int]]:
    """The first match of every picture, and by its photo's id how many photos it stands for."""
    first: dict[int, Match] = {}
    counts: dict[int, int] = {}
    kept = []
    for match in matches:
        head = match if match.group is None else first.setdefault(match.group, match)
        if head is match:
            kept.append(match)
        counts[head.photo.id] = counts.get(head.photo.id, 0) + 1
    return tuple(kept), counts


def _explain(options: argparse.Namespace) -> int:
    check_outputs(options)
    with Library.open(options.data_dir, write=False) as library:
        goals = _goals(library, options, options.goal, *options.also)
        query = Query(goals, 1, options.depth, options.style, places=options.places)
        explanation = library.explain_path(query, options.result, check=True)
        if options.out:
            save_picture(library.explanation_sheet(explanation), options.out)
    if options.maps:
        save_arrays(
            options.maps,
            goal_evidence=explanation.goal_map,
            result_evidence=explanation.result_map,
        )
    numbers = {
        "score": explanation.score,
        "baseline": explanation.baseline,
        "positive": explanation.positive,
        "negative": explanation.negative,
        "neighbours": explanation.neighbours,
        "shares": list(explanation.shares),
        "check": explanation.check,
    }
    if options.json:
        print_json(numbers)
        return 0
    print(f"score {explanation.score:.4f}")
    print(f"  places that help {explanation.positive:+.4f}")
    print(f"  places that hurt {explanation.negative:+.4f}")
    print(f"  photos like both {explanation.neighbours:+.4f}")
    print(f"  no single place  {explanation.baseline - explanation.neighbours:+.4f}")
    check = explanation.check
    if check:
        print(
            f"covering the strongest {check['covered']:.0%} lowers the score by "
            f"{check['fall']:.4f}; as much at random, by {check['random_fall']:.4f}"
        )
    if check.get("negative_covered"):
        print(
            f"covering the {check['negative_covered']:.0%} that hurt most raises it by "
            f"{check['rise']:.4f}; as much at random, by {check['random_rise']:.4f}"
        )
    return 0


def _duplicates(options: argparse.Namespace) -> int:
    with (
        Library.open(options.data_dir, write=False) as library,
        progress_bar(sys.stderr.isatty() and not options.json) as on_progress,
    ):
        groups = library.duplicates(options.kind, on_progress)
        found = list(groups)
    if options.json:
        paths = [[photo.path for photo in group.photos] for group in found]
        reasons = [group.reason for group in found]
        print_json({"groups": paths, "reasons": reasons, "best": [group.best for group in found]})
        return 0
    for group in found:
        print(f"{group.reason} (the first is best: {group.best})")
        for photo, note in zip(group.photos, group.notes, strict=True):
            size = f"{photo.facts.width} x {photo.facts.height}"
            told = f"  ({note})" if note else ""
            print(f"  {size:>13}  {photo.size / 1e6:7.2f} MB  {photo.path}{told}")
    if not found:
        print("No two photos of the library are the same." if options.kind == "same" else "None.")
    return 0


def _forget(options: argparse.Namespace) -> int:
    with Library.open(options.data_dir) as library:
        changes = library.forget(options.folder)
    if options.json:
        print_json(asdict(changes))
    else:
        print(f"Forgot {changes.removed:,} photos; their files stay as they are.")
    return 0


def _status(options: argparse.Namespace) -> int:
    with Library.open(options.data_dir, write=False) as library:
        status = library.status()
    if options.json:
        print_json(asdict(status))
    else:
        _print_status(status)
    return 0


def _print_status(status: LibraryStatus) -> None:
    print(f"{status.photos:,} photos ({status.offline:,} offline), {status.problems:,} problems")
    for root in status.roots:
        print(f"  {root.photos:>10,}  {root.path}{'' if root.online else '  (offline)'}")
    print(f"network     {status.network} ({status.precision})")
    print(f"runs on     {status.provider}. {status.details.get('device', '')}".rstrip())
    megabytes = {
        "catalogue": status.catalogue_bytes,
        "index": status.index_bytes,
        "thumbnails": status.thumbnail_bytes,
    }
    for name, size in megabytes.items():
        print(f"{name:11} {size / 1e6:,.1f} MB")
    print(f"data folder {status.data_dir}")


def _verify(options: argparse.Namespace) -> int:
    with Library.open(options.data_dir, write=False) as library:
        found = library.verify()
    if options.json:
        print_json({"ok": not found, "found": found})
    else:
        print("\n".join(found) or "Everything is in order.")
    return 1 if found else 0


def _rebuild(options: argparse.Namespace) -> int:
    with (
        Library.open(options.data_dir) as library,
        progress_bar(sys.stderr.isatty() and not options.json) as on_progress,
    ):
        seconds = library.rebuild(on_progress)
    if options.json:
        print_json({"seconds": round(seconds, 3)})
    else:
        print(f"Made index and thumbnails anew in {seconds:.1f} s.")
    return 0


def _self_test(options: argparse.Namespace) -> int:
    from lookalike.self_test import self_test

    steps = []
    failed = False
    for step in self_test(options.out):
        steps.append({"step": step.name, "ok": step.ok, "detail": step.detail})
        failed = failed or not step.ok
        if not options.json:
            print(f"{'ok  ' if step.ok else 'FAIL'}  {step.name}: {step.detail}", flush=True)
    if options.json:
        print_json({"ok": not failed, "steps": steps})
    return 1 if failed else 0
