"""Nobody else claims: the figures of a run take the place of those before, and the text around them stays."""

from __future__ import annotations

import importlib.util
import tempfile
import unittest
from pathlib import Path

from bench import report
from bench.section import Plot, Section

_PLOT = Plot("growth", "How <it> grows", "images", "µs",
             {"shim": [(1, 10.0), (10, 12.5)], "verifier": [(1, 5), (10, 5)]}, log_x=True)
_TEXT = f"before\n{report.BEGIN}\n\nold figures\n\n{report.END}\nafter\n"


def _section() -> Section:
    section = Section("A table", ["images", "µs"], plots=[_PLOT], notes=["A note."])
    section.add("1|2", "10")
    return section


class ReportTest(unittest.TestCase):

    def test_figures_are_put_between_the_marks(self) -> None:
        written = report.with_figures(_TEXT, "measurements", "Today.", [_section()])
        figures = ("Today.\n\n### A table\n\n| images | µs |\n| --- | ---: |\n| 1\\|2 | 10 |\n\n"
                   "A note.\n\n![How <it> grows](measurements/growth.svg)")
        self.assertEqual(written, f"before\n{report.BEGIN}\n\n{figures}\n\n{report.END}\nafter\n")

    def test_a_second_run_leaves_nothing_of_the_first(self) -> None:
        once = report.with_figures(_TEXT, "measurements", "Today.", [_section()])
        self.assertEqual(report.with_figures(once, "measurements", "Today.", [_section()]), once)

    def test_a_section_without_rows_is_what_it_notes(self) -> None:
        section = Section("A profile", [""], notes=["There is none."])
        self.assertEqual(section.markdown("plots"), "### A profile\n\nThere is none.")
        self.assertEqual(section.text(), "A profile\n  There is none.")

    def test_a_document_without_marks_stays_as_it_is(self) -> None:
        for text in ("", report.BEGIN, report.END):
            with self.subTest(text), tempfile.TemporaryDirectory() as directory:
                file = Path(directory) / "document.md"
                file.write_text(text, encoding="utf-8")
                with self.assertRaises(ValueError):
                    report.write(file, "Today.", [_section()])
                self.assertEqual(file.read_text(encoding="utf-8"), text)
                self.assertEqual(list(Path(directory).iterdir()), [file])

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "python3-matplotlib is installed by ./dev bench")
    def test_the_same_figures_give_the_same_plot(self) -> None:
        drawn = []
        for _ in range(2):
            with tempfile.TemporaryDirectory() as directory:
                file = Path(directory) / "document.md"
                file.write_text(_TEXT, encoding="utf-8")
                report.write(file, "Today.", [_section()])
                drawn.append((Path(directory) / "document" / "growth.svg").read_text(encoding="utf-8"))
        self.assertEqual(drawn[0], drawn[1])
        for text in ("How &lt;it&gt; grows", "images", "verifier"):
            self.assertIn(f">{text}<", drawn[0])


if __name__ == "__main__":
    unittest.main()
