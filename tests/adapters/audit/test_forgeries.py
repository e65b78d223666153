"""Can a file be written that the verifier accepts, and that says something else to whoever reads it?"""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.audit.verifier import LONGEST_LINE, main, verify_lines
from tests.adapters.audit.conftest import Sealed

AT = 9  # the event that is forged
Lines = list[str]


def index_of(lines: Lines, kind: str, number: int = 0) -> int:
    return [at for at, line in enumerate(lines) if json.loads(line)["kind"] == kind][number]


def with_text(old: str, new: str) -> Callable[[Lines], None]:
    """Changes one text in the line of the forged event."""

    def change(lines: Lines) -> None:
        at = index_of(lines, "event", AT - 1)
        assert old in lines[at]
        lines[at] = lines[at].replace(old, new, 1)

    return change


def with_fields(kind: str, number: int = 0, **fields: Any) -> Callable[[Lines], None]:
    """Changes fields of one line."""

    def change(lines: Lines) -> None:
        at = index_of(lines, kind, number)
        lines[at] = json.dumps({**json.loads(lines[at]), **fields})

    return change


def with_line(kind: str, line: str, number: int = 0) -> Callable[[Lines], None]:
    """Puts a line in front of another."""
    return lambda lines: lines.insert(index_of(lines, kind, number), line)


def two_states(lines: Lines) -> None:
    """The stored bytes packed, which were hashed, and beside them words for people to read."""
    at = index_of(lines, "event", AT - 1)
    event = json.loads(lines[at])
    packed = b64encode(event["state"].encode()).decode()
    lines[at] = json.dumps({**event, "state_base64": packed, "state": "{}"})


def seals_swapped(lines: Lines) -> None:
    one, two = index_of(lines, "seal", 0), index_of(lines, "seal", 1)
    lines[one], lines[two] = lines[two], lines[one]


def last_seal_dropped(lines: Lines) -> None:
    del lines[index_of(lines, "seal", 1)]


def announced_shorter(lines: Lines) -> None:
    """The header names an earlier end; what follows it would be nobody's word."""
    event = json.loads(lines[index_of(lines, "event", AT - 1)])
    with_fields("export", head=AT, chain_hash=event["chain_hash"])(lines)


DEEP = "[" * 100_000 + "]" * 100_000


class TestForgeries:
    @pytest.mark.parametrize(
        "forge",
        [
            two_states,
            with_text('"version":', '"topic":"trip.cancelled.v1","version":'),
            with_text('"version":', '"note":"approved by the owner","version":'),
            with_text(f'"position":{AT}', f'"position":"{AT}"'),
            with_text(f'"position":{AT}', f'"position":{AT}.9'),
            with_text(f'"position":{AT}', f'"position":" {AT}"'),
            with_text(f'"position":{AT}', '"position":"\u0669"'),
            with_text(f'"position":{AT}', f'"position":0{AT}'),
            with_text(f'"position":{AT}', '"position":1e400'),
            with_text(f'"position":{AT}', '"position":NaN'),
            with_text(f'"position":{AT}', f'"position":1{"0" * 30}'),
            with_text(f'"position":{AT}', '"position":0'),
            with_text(f'"position":{AT}', '"position":-3'),
            with_text('"version":', f'"x":{DEEP},"version":'),
            with_text("+00:00", "999+00:00"),
            with_text('"chain_hash":"', '"chain_hash":" '),
            with_text('"event_id":"', '"event_id":"urn:uuid:'),
            with_line("end", DEEP),
            with_line("end", '{"kind":"remark","text":"approved by the owner"}'),
            with_line("end", '{"kind":"export"}'),
            with_line("end", " " * (LONGEST_LINE + 1)),
            lambda lines: lines.append('{"kind":"remark"}'),
            lambda lines: lines.append(lines[-2]),
            lambda lines: lines.append(lines[-1]),
            with_fields("end", events=1),
            with_fields("end", seals=1),
            last_seal_dropped,
            announced_shorter,
            seals_swapped,
            lambda lines: lines.insert(-1, lines.pop(index_of(lines, "seal", 1))),
            lambda lines: lines.insert(1, lines[1]),
            with_fields("seal", leaves=b64encode(bytes(32)).decode()),
            with_fields("seal", to_position=2**70),
            with_fields("seal", to_position=2**62),
            with_fields("seal", note="x"),
            with_fields("export", keys=["00" * 32]),
        ],
    )
    def test_are_named(self, sealed: Sealed, tmp_path: Path, forge: Callable[[Lines], None]) -> None:
        lines = [line.rstrip("\n") for line in sealed.lines]
        forge(lines)
        file = tmp_path / "forged.ndjson"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert main([str(file), "--key", key_of(sealed)]) == 1

    @pytest.mark.parametrize(
        ("fields"),
        [{"head": 1.5}, {"head": "3"}, {"head": -1}, {"chain_hash": None}, {"note": 1}, {"keys": 5}],
    )
    def test_of_the_header_make_it_no_export(self, sealed: Sealed, fields: dict[str, Any]) -> None:
        lines = list(sealed.lines)
        with_fields("export", **fields)(lines)
        with pytest.raises(ValueError, match="no export"):
            verify_lines(lines)

    def test_of_the_ends_of_lines_change_nothing(self, sealed: Sealed, tmp_path: Path) -> None:
        file = tmp_path / "windows.ndjson"
        file.write_bytes("".join(sealed.lines).replace("\n", "\r\n").encode())
        assert main([str(file), "--key", key_of(sealed)]) == 0
        file.write_bytes(b"\xef\xbb\xbf" + "".join(sealed.lines).encode())
        assert main([str(file)]) == 2

    def test_without_any_seal_do_not_pass_under_a_named_key(self, sealed: Sealed) -> None:
        """Whoever names a key wants its signature, and not a chain that anybody could compute."""
        lines = [line for line in sealed.lines if json.loads(line)["kind"] != "seal"]
        with_fields("end", seals=0)(lines)
        assert verify_lines(lines).findings == []
        (finding,) = verify_lines(lines, keys=[bytes.fromhex(key_of(sealed))]).findings
        assert (finding.position, finding.what) == (1, "seal missing")


class TestSealsFromOutside:
    def test_may_be_those_of_every_tenant(self, sealed: Sealed) -> None:
        """As the README says it: the whole folder."""
        place = sealed.place
        place.house.auditing.sealer.seal(place.south.id)
        (export := sealed.folder.parent / "north.ndjson").write_text("".join(sealed.lines))
        assert main([str(export), "--seals", str(sealed.folder.parent)]) == 0

    def test_that_are_none_of_this_tenant_are_missed(
        self, sealed: Sealed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (export := tmp_path / "north.ndjson").write_text("".join(sealed.lines))
        (empty := tmp_path / "empty").mkdir()
        assert main([str(export), "--seals", str(empty)]) == 1
        assert "BROKEN at position 1: seal missing" in capsys.readouterr().out
        (empty / "1.json").write_text(DEEP)
        assert main([str(export), "--seals", str(empty)]) == 2
        assert "1.json holds no seal" in capsys.readouterr().err


class TestProofs:
    def test_are_read_on_one_line_or_many_and_nothing_else_beside(
        self, sealed: Sealed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        owner = sealed.place.north.owner
        proof = sealed.place.client.get(f"/api/v1/audit/events/{AT}/proof", headers=owner.headers).json()
        file = tmp_path / "proof.json"
        for text, status in (
            (json.dumps(proof), 0),
            (json.dumps(proof, indent=2), 0),
            (json.dumps(proof) + "\n{}", 2),
            (json.dumps({**proof, "note": "x"}), 2),
            (json.dumps({**proof, "event": {**proof["event"], "position": 10**40}}), 2),
            (json.dumps({**proof, "path": 5}), 2),
            (json.dumps({**proof, "seal": []}), 2),
        ):
            file.write_text(text)
            assert main([str(file), "--key", key_of(sealed)]) == status, text
        capsys.readouterr()
        file.write_text(json.dumps(proof))
        main([str(file)])
        assert f"sealed with key {key_of(sealed)}: compare it" in capsys.readouterr().out


def key_of(sealed: Sealed) -> str:
    return sealed.place.house.auditing.sealer.public_key.hex()
