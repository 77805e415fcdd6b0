"""The command line: what the window does, for scripts and for tests.

Parses, opens the library, hands over to `commands`, and turns failures into one sentence and an
exit status: 0 done, 1 a failure, 2 wrong usage, 130 interrupted. Qt is imported for the window
alone.
"""

from __future__ import annotations

import argparse
import codecs
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from lookalike import __version__
from lookalike.errors import Cancelled, LookalikeError

USAGE, INTERRUPTED = 2, 130


def _fractions(count: int) -> type[argparse.Action]:
    """An action that reads `count` comma-separated fractions between 0 and 1."""

    class Fractions(argparse.Action):
        def __call__(
            self,
            parser: argparse.ArgumentParser,
            namespace: argparse.Namespace,
            values: object,
            option_string: str | None = None,
        ) -> None:
            numbers = tuple(_numbers(str(values)))
            if len(numbers) != count or not all(0.0 <= number <= 1.0 for number in numbers):
                parser.error(f"{option_string} takes {count} fractions from 0 to 1, with commas")
            setattr(namespace, self.dest, numbers)

    return Fractions


def _fraction(text: str) -> float:
    found = _numbers(text)
    if len(found) != 1 or not 0.0 <= found[0] <= 1.0:
        raise argparse.ArgumentTypeError("it takes a number from 0 to 1")
    return found[0]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("it takes a whole number from 0 up")
    return int(text)


def _numbers(text: str) -> list[float]:
    """Numbers with commas; [] where one is none, which every count of them refuses."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return []


def _point(text: str) -> tuple[float, float]:
    parts = _numbers(text)
    if len(parts) != 2 or not all(0.0 <= part <= 1.0 for part in parts):
        raise argparse.ArgumentTypeError("it takes two fractions from 0 to 1, with a comma")
    return parts[0], parts[1]


def _three(text: str) -> tuple[float, float, float]:
    parts = _numbers(text)
    if len(parts) not in (1, 3):
        raise argparse.ArgumentTypeError("it takes one number, or three with commas")
    red, green, blue = parts * 3 if len(parts) == 1 else parts
    return red, green, blue


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it takes a whole number from 1 up")
    return number


class _Parser(argparse.ArgumentParser):
    """Keeps wrong usage to the usage line and one sentence."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _search_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("goals", nargs="*", metavar="GOAL", help="an image to search by")
    _goal_parts(parser)
    parser.add_argument(
        "--words",
        default="",
        metavar="WORDS",
        help="only photos with these words in their labels, names, camera or date; needs no goal",
    )
    parser.add_argument(
        "--collapse", action="store_true", help="same pictures as one result, with a count"
    )
    parser.add_argument("--batch", metavar="FILE", help="one goal path a line, one answer a line")
    parser.add_argument("-k", type=_count, default=20, help="how many photos (default 20)")
    _dials(parser)
    _places(parser)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="answer at once; tell same pictures by their hash, not by their pixels",
    )
    parser.add_argument("--out", metavar="SHEET.png", help="a contact sheet with evidence")


def _goal_parts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--not", dest="negatives", action="append", default=[], metavar="IMAGE", help="less like it"
    )
    parser.add_argument(
        "--region",
        action=_fractions(4),
        metavar="X,Y,W,H",
        help="search by this part of the goal (fractions of the photo)",
    )
    parser.add_argument(
        "--mask",
        metavar="MASK.png",
        help="search by what is white in this picture, laid over the goal",
    )
    parser.add_argument(
        "--rest-style",
        type=_fraction,
        default=0.0,
        metavar="0..1",
        help="with --region or --mask: how much the style of the rest of the goal counts beside it",
    )


def _dials(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--depth", type=_fraction, default=1.0, help="0 texture ... 1 meaning (default 1)"
    )
    parser.add_argument("--style", type=_fraction, default=0.0, help="how much style counts, 0..1")


def _places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--places",
        action="store_true",
        help="look at the best place by place: the goal may be a small part of a photo",
    )


def _explain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("goal", metavar="GOAL", help="the goal image")
    parser.add_argument("result", metavar="RESULT", help="the photo to explain")
    parser.add_argument("--out", metavar="SHEET.png", help="goal and result with their evidence")
    parser.add_argument("--maps", metavar="MAPS.npz", help="the evidence as arrays")
    parser.add_argument(
        "--also", action="append", default=[], metavar="GOAL", help="a further goal of the search"
    )
    _goal_parts(parser)
    _dials(parser)
    _places(parser)


def _saliency_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="the photo to look at")
    parser.add_argument("--layer", metavar="NAME", help="a layer; without it they are listed")
    parser.add_argument(
        "--filter", type=_number, metavar="N", help="a filter; without it the strongest are listed"
    )
    parser.add_argument("--rule", choices=("guided", "gradient", "deconvnet"), default="guided")
    parser.add_argument("--out", metavar="SHEET.png", help="photo, part, positive, negative")
    parser.add_argument("--maps", metavar="MAPS.npz", help="the saliency as arrays")


def _filters_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layer", metavar="NAME", help="a layer; without it they are listed")
    parser.add_argument("--filter", type=_number, metavar="N", help="one filter of the layer")
    parser.add_argument("--rule", choices=("guided", "gradient", "deconvnet"), default="guided")
    parser.add_argument("--out", metavar="SHEET.png", help="their patches as a picture")
    parser.add_argument("--name", metavar="NAME", help='name the filter; "" takes its name away')
    parser.add_argument("--find", metavar="NAME", help="the photos a named filter fires on most")
    parser.add_argument("--photo", metavar="IMAGE", help="the filters this photo excites most")
    parser.add_argument("--at", type=_point, metavar="X,Y", help="... at this point of it")
    parser.add_argument("-k", type=_count, default=24, help="how many to list (default 24)")


def _segment_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="the photo")
    parser.add_argument(
        "--click",
        dest="clicks",
        action="append",
        required=True,
        type=_point,
        metavar="X,Y",
        help="a point on the subject (fractions of the photo)",
    )
    parser.add_argument("--out", required=True, metavar="MASK.png", help="the mask, 0 or 255")


def _int8_options(add: argparse.ArgumentParser, quantise: argparse.ArgumentParser) -> None:
    add.add_argument("--int8", action="store_true", help="in int8 too: faster, a little less exact")
    quantise.add_argument("name", metavar="NAME")
    for each in (add, quantise):
        each.add_argument(
            "--photos", metavar="FOLDER", help="calibrate int8 on these photos, not the library's"
        )


def _models_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(
        dest="what", metavar="list | add | quantise | use | verify", required=True
    )
    what.add_parser("list", help="every network, and the one in use")
    add = what.add_parser("add", help="read a network from an ONNX file")
    add.add_argument("file", metavar="FILE.onnx")
    add.add_argument("--name", default="", help="what to call it (default: the file's name)")
    add.add_argument("--mean", type=_three, metavar="R,G,B", help="taken off the pixels")
    add.add_argument("--std", type=_three, metavar="R,G,B", help="the pixels are divided by it")
    add.add_argument("--size", type=_count, metavar="PIXELS", help="side of the square input")
    add.add_argument("--layout", choices=("NCHW", "NHWC"))
    add.add_argument("--order", choices=("RGB", "BGR"), help="of the colours")
    add.add_argument("--labels", metavar="FILE", help="one class name a line")
    add.add_argument("--licence", default="", help="of the weights")
    _int8_options(add, what.add_parser("quantise", help="bring a network to int8 beside float32"))
    use = what.add_parser("use", help="embed the library with a network, then search by it")
    use.add_argument("name", metavar="NAME")
    use.add_argument(
        "--precision",
        choices=("auto", "float32", "int8"),
        default="auto",
        help="of its numbers (default: that of the vectors the library has of it)",
    )
    verify = what.add_parser("verify", help="check a network's files and numbers on this machine")
    verify.add_argument("name", metavar="NAME", nargs="?")
    for each in what.choices.values():
        each.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        each.add_argument("--data-dir", metavar="DIR", default=argparse.SUPPRESS)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, also read by the manual page's maker."""
    parser = _Parser(
        prog="lookalike",
        description="Search your own photos by a goal image, and see which pixels make two alike.",
        epilog="Without a command the window opens: FOLDERs are added, an IMAGE becomes the goal.",
    )
    parser.add_argument("--version", action="version", version=f"lookalike {__version__}")
    parser.add_argument("--data-dir", metavar="DIR", help="where everything is kept")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("--json", action="store_true", help="print one JSON object")
        # Accepted on either side of the command; SUPPRESS keeps the one given before it.
        made.add_argument("--data-dir", metavar="DIR", default=argparse.SUPPRESS)
        return made

    index = command("index", "read the photos of folders into the library")
    index.add_argument("folders", nargs="+", metavar="FOLDER")
    _search_options(command("search", "the photos nearest to a goal image"))
    _explain_options(command("explain", "which pixels made the match"))
    forget = command("forget", "take a folder out of the library; its files stay as they are")
    forget.add_argument("folder", metavar="FOLDER")
    _saliency_options(command("saliency", "what a filter of the network answers to in a photo"))
    _filters_options(command("filters", "what in the library excites each filter most"))
    _segment_options(command("segment", "the subject at a click, as a mask"))
    duplicates = command("duplicates", "groups of same or similar pictures")
    duplicates.add_argument("--kind", choices=("same", "similar"), default="same")
    _models_options(command("models", "the networks of the library"))
    command("status", "what the library holds")
    command("verify", "check the catalogue and everything derived from it")
    command("rebuild", "make index and thumbnails anew from the catalogue")
    test = command("self-test", "try every part on this machine and say what works")
    test.add_argument("--out", metavar="FOLDER", help="keep the pictures of the window there")
    test.add_argument(
        "--window",
        metavar="PICTURE.png",
        help="only open the window on the library, search by its first photo, save its picture",
    )
    return parser


COMMANDS = frozenset(
    (
        *("index", "search", "explain", "saliency", "filters", "segment", "duplicates", "models"),
        *("forget", "status", "verify", "rebuild", "self-test"),
    )
)


def _is_window_call(arguments: Sequence[str]) -> bool:
    """Whether no command is named: the rest are then folders and images for the window."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument == "--data-dir":
            skip = True
        elif argument in ("-h", "--help", "--version"):
            return False
        elif not argument.startswith("-"):
            return argument not in COMMANDS
    return True


def _window(arguments: Sequence[str]) -> int:
    parser = _Parser(prog="lookalike")
    parser.add_argument("--data-dir", metavar="DIR")
    parser.add_argument("paths", nargs="*", metavar="FOLDER | IMAGE")
    options = parser.parse_args(arguments)
    from lookalike.app import run as run_window

    return run_window(options.data_dir, options.paths)


def _check_together(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that mean nothing without each other, or beside each other."""
    searches = options.command == "search"
    if searches and not options.goals and not options.batch and not options.words.strip():
        parser.error("search takes a GOAL image, --words WORDS, or --batch FILE")
    if options.command == "search" and options.goals and options.batch:
        parser.error("search takes GOAL images or --batch FILE, not both")
    if options.command == "saliency" and options.filter is not None and options.layer is None:
        parser.error("--filter takes a --layer too; without either the layers are listed")
    if options.command == "saliency" and options.filter is None and (options.out or options.maps):
        parser.error("--out and --maps take a --layer and a --filter too")


def _run(arguments: Sequence[str]) -> int:
    if _is_window_call(arguments):
        return _window(arguments)
    parser = build_parser()
    options = parser.parse_args(arguments)
    _check_together(parser, options)
    if options.command == "self-test" and options.window:
        from lookalike.app import try_window

        print(json.dumps(try_window(options.data_dir, options.window)))
        return 0
    from lookalike import commands

    return commands.run(options)


def _encoded(error: UnicodeError) -> tuple[bytes, int]:
    """Bytes of names as they are; a question mark for letters that the terminal does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    codes = [ord(letter) for letter in error.object[error.start : error.end]]
    escaped = (code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else ord("?") for code in codes)
    return bytes(escaped), error.end


codecs.register_error("lookalike", _encoded)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with `arguments` (default: the process's own); return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # Names of files need not be UTF-8; they are printed as the bytes they are.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="lookalike")
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except LookalikeError as error:
        print(f"lookalike: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Cancelled):
        print("\nStopped. What was done stays.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): not a failure worth a word.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
