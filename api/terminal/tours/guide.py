"""How is a tour led: each command shown, run exactly as shown, its answer cut down, and why it matters?"""

import os
import subprocess
from contextlib import suppress
from textwrap import wrap

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.markup import escape
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from api.terminal.tours.excerpt import excerpt
from api.terminal.tours.step import Answer, Language, Missed, Said, Step, Tour, Visit, missed

JSON = JSONHighlighter()
MARGIN = 4
WIDEST = 110
MOST_LINES = 34
PATIENCE_S = 300
TIMED_OUT = 124  # as timeout(1) says it
PASTE = Said(
    "Every command below stands at the margin: paste it into a shell, and you get the same answer.",
    "Chaque commande ci-dessous est à la marge : collez-la dans un shell, la réponse sera la même.",
)
PRESS_ENTER = Said("  Enter runs it, q ends the tour ", "  Entrée l'exécute, q termine la visite ")
ENDED = Said("The tour was ended here.", "La visite s'arrête ici.")
FILES = Said("Files of this tour: {}", "Fichiers de cette visite : {}")
STEPS_HELD = Said("{} steps, every answer as promised.", "{} étapes, chaque réponse conforme.")
STEP_FAILED = Said("Step {}, “{}”, is not as promised:", "L'étape {}, « {} », n'est pas conforme :")


class Guide:
    """Leads one visitor through a tour."""

    def __init__(self, console: Console, language: Language, *, waits: bool) -> None:
        self._console = console
        self._language: Language = language
        self._waits = waits
        self._width = min(console.width, WIDEST)

    def lead(self, tour: Tour, visit: Visit) -> bool:
        """Step after step; answers whether everything was as promised."""
        self._say(tour.about, style="bold")
        self._say(PASTE, style="dim")
        for number, step in enumerate(tour.steps, 1):
            place = f"{number}/{len(tour.steps)}"
            command = step.command(visit)
            self._announce(place, step, command)
            if not self._goes_on():
                self._say(ENDED)
                return True
            answer = run(command, self._width)
            found = missed(step, answer, visit)
            self._show(step, answer, whole=bool(found))
            if found:
                self._deplore(place, step, found)
                return False
            visit.notes.update({name: answer.find(at) for name, at in step.keeps.items()})
            self._say(step.why, style="italic")
        self._close(tour, visit)
        return True

    def _announce(self, place: str, step: Step, command: str) -> None:
        title = f"[bold]{place}  {escape(step.name.to(self._language))}[/]"
        self._console.print()
        self._console.print(Rule(title, align="left", style="dim", characters="─"), width=self._width)
        # Never wrapped by us: a command that was copied must stay one command.
        self._console.print(_highlighted(command), soft_wrap=True)

    def _goes_on(self) -> bool:
        if not self._waits:
            return True
        with suppress(EOFError):
            return self._console.input(Text(PRESS_ENTER.to(self._language), style="dim")).strip() != "q"
        return False

    def _show(self, step: Step, answer: Answer, *, whole: bool) -> None:
        named = [each.partition(".")[2] for each in step.shows if each.startswith("headers.")]
        places = () if whole else tuple(each for each in step.shows if not each.startswith("headers."))
        lines = [Text(f"{name}: {answer.headers[name]}") for name in named if name in answer.headers]
        if answer.document is None:
            lines += [_painted(line) for line in answer.printed.rstrip().splitlines()]
        else:
            shown = excerpt(answer.document, places, self._width - MARGIN)
            lines += [JSON(line) for line in shown.splitlines()]
        if len(lines) > MOST_LINES:
            lines[MOST_LINES:] = [Text("...")]
        self._console.print()
        for line in lines:
            self._console.print(Text(" " * MARGIN) + line, soft_wrap=True)
        self._console.print()

    def _deplore(self, place: str, step: Step, found: list[Missed]) -> None:
        name = step.name.to(self._language)
        self._console.print(
            "✗ " + STEP_FAILED.to(self._language).format(place, name), style="bold red", markup=False
        )
        for each in found:
            self._indented(each.to(self._language), style="red")
        if step.remedy is not None:
            self._indented(step.remedy.to(self._language))

    def _close(self, tour: Tour, visit: Visit) -> None:
        self._console.print()
        self._console.print(Rule(style="dim", characters="─"), width=self._width)
        held = STEPS_HELD.to(self._language).format(len(tour.steps))
        self._console.print(f"✓ {held}", style="bold green", markup=False)
        self._say(tour.verdict)
        if any(visit.folder.iterdir()):
            files = FILES.to(self._language).format(visit.folder)
            self._console.print(f"  {files}", style="dim", markup=False, soft_wrap=True)

    def _say(self, said: Said, style: str = "") -> None:
        self._indented(said.to(self._language), style=style)

    def _indented(self, sentence: str, style: str = "") -> None:
        for line in wrap(sentence, self._width, initial_indent="  ", subsequent_indent="  "):
            self._console.print(Text(line, style=style))


def run(command: str, width: int) -> Answer:
    """Pastes the command into a shell."""
    try:
        done = subprocess.run(
            ["sh", "-c", command],
            env={**os.environ, "COLUMNS": str(width - MARGIN)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(f"There was no answer within {PATIENCE_S} s.", TIMED_OUT)
    # curl ends header lines with a carriage return.
    return Answer.of((done.stdout + done.stderr).replace("\r\n", "\n"), done.returncode)


def _highlighted(command: str) -> Text:
    highlighted = Syntax("", "bash", theme="ansi_dark", background_color="default").highlight(command)
    highlighted.rstrip()
    highlighted.stylize("bold")
    return highlighted


def _painted(line: str) -> Text:
    if line.startswith(("BROKEN", "Something was changed")):
        return Text(line, style="bold red")
    if line.startswith("Everything holds") or line.endswith(" 0 differences."):
        return Text(line, style="green")
    return Text(line)
