"""Is every kind of tampering noticed, and named by its position, by one file and the standard library?"""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.audit import verifier
from adapters.audit.verifier import (
    Finding,
    event_hash,
    event_of,
    merkle_levels,
    merkle_path,
    root_of_path,
    seals_in,
    verify_lines,
    verify_signature,
)
from tests.adapters.audit.conftest import Sealed

SOURCE = Path(verifier.__file__)
AT = 9  # the event that is tampered with
Records = list[dict[str, Any]]


def records(sealed: Sealed) -> Records:
    return [json.loads(line) for line in sealed.lines]


def findings(changed: Records, **known: Any) -> list[Finding]:
    return verify_lines([json.dumps(record) for record in changed], **known).findings


def named(found: list[Finding]) -> list[tuple[int, str]]:
    return [(finding.position, finding.what) for finding in found]


def index_of(export: Records, position: int) -> int:
    return next(i for i, one in enumerate(export) if one["kind"] == "event" and one["position"] == position)


def flip_state(export: Records) -> None:
    event = export[index_of(export, AT)]
    event["state"] = event["state"].replace("{", "[", 1)


def flip_meta(export: Records) -> None:
    event = export[index_of(export, AT)]
    event["meta"] = event["meta"].replace("a", "b", 1)


def flip_hash(export: Records) -> None:
    event = export[index_of(export, AT)]
    first, rest = event["chain_hash"][0], event["chain_hash"][1:]
    event["chain_hash"] = ("1" if first == "0" else "0") + rest


def move_in_time(export: Records) -> None:
    event = export[index_of(export, AT)]
    event["recorded_at"] = "2001-01-01T00:00:00.000000+00:00"


def delete(export: Records) -> None:
    del export[index_of(export, AT)]


def swap_lines(export: Records) -> None:
    at = index_of(export, AT)
    export[at], export[at + 1] = export[at + 1], export[at]


def swap_contents(export: Records) -> None:
    one, two = export[index_of(export, AT)], export[index_of(export, AT + 1)]
    for name in ("event_id", "stream_id", "version", "topic", "state", "meta"):
        one[name], two[name] = two[name], one[name]


def double(export: Records) -> None:
    at = index_of(export, AT)
    export.insert(at, export[at])


def cut_tail(export: Records) -> None:
    del export[index_of(export, AT) : -1]


def cut_tail_and_head(export: Records) -> None:
    """A forger who also says that the log is shorter."""
    cut_tail(export)
    last = [one for one in export if one["kind"] == "event"][-1]
    export[0].update(head=last["position"], chain_hash=last["chain_hash"])
    export[-1].update(events=last["position"])


def rechain(export: Records) -> None:
    """A forger with all rights on the database: one event rewritten, every later hash recomputed."""
    export[index_of(export, AT)]["meta"] = '{"actor":"somebody else"}'
    recompute(export)


def delete_and_rechain(export: Records) -> None:
    del export[index_of(export, AT)]
    for position, event in enumerate([one for one in export if one["kind"] == "event"], 1):
        event["position"] = position
    recompute(export)


def recompute(export: Records) -> None:
    link = bytes(32)
    for event in (one for one in export if one["kind"] == "event"):
        link = event_hash(UUID(export[0]["tenant_id"]), link, event_of(event))
        event["chain_hash"] = link.hex()
        export[0].update(head=event["position"], chain_hash=link.hex())


def forge_seal(export: Records) -> None:
    """The forger signs the rewritten log with a key of their own."""
    rechain(export)
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    previous = bytes(32)
    for line in (one for one in export if one["kind"] == "seal"):
        hashes = [
            bytes.fromhex(one["chain_hash"])
            for one in export
            if one["kind"] == "event" and line["from_position"] <= one["position"] <= line["to_position"]
        ]
        line.update(
            root=merkle_levels(hashes)[-1][0].hex(),
            chain_tip=hashes[-1].hex(),
            previous=previous.hex(),
            key=key.public_key().public_bytes_raw().hex(),
        )
        line["signature"] = key.sign(verifier.seal_of(line).statement()).hex()
        previous = verifier.seal_of(line).digest()
    export[0].update(keys=[key.public_key().public_bytes_raw().hex()])


def drop_seals(export: Records) -> None:
    export[:] = [one for one in export if one["kind"] != "seal"]
    export[-1].update(seals=0)


class TestExport:
    def test_holds_untouched(self, sealed: Sealed) -> None:
        report = verify_lines(sealed.lines)
        assert report.findings == []
        assert report.seals == 2
        assert report.events == report.head == report.sealed_to > AT

    @pytest.mark.parametrize(
        ("tamper", "expected"),
        [
            (flip_state, [(AT, "altered")]),
            (flip_meta, [(AT, "altered")]),
            (flip_hash, [(AT, "altered"), (AT + 1, "altered")]),
            (move_in_time, [(AT, "altered")]),
            (delete, [(AT, "missing")]),
            (swap_lines, [(AT, "out of order")]),
            (swap_contents, [(AT, "altered"), (AT + 1, "altered")]),
            (double, [(AT, "doubled")]),
            (cut_tail, [(AT, "missing")]),
            (cut_tail_and_head, [(AT, "missing")]),
        ],
    )
    def test_names_the_position(
        self, sealed: Sealed, tamper: Callable[[Records], None], expected: list[tuple[int, str]]
    ) -> None:
        export = records(sealed)
        tamper(export)
        found = named(findings(export))
        assert [one for one in found if one[1] != "rewritten"] == expected

    @pytest.mark.parametrize("tamper", [rechain, delete_and_rechain])
    def test_notices_a_recomputed_chain_by_its_seals(
        self, sealed: Sealed, tamper: Callable[[Records], None]
    ) -> None:
        export = records(sealed)
        tamper(export)
        first_seal = next(one for one in export if one["kind"] == "seal")
        found = named(findings(export))
        assert found[0] == (first_seal["from_position"], "rewritten"), "within the sealed range"
        exact = named(findings(export, outside=seals_in(sealed.folder)))
        assert exact[0] == (AT, "rewritten"), "with the hashes kept outside, to the position"

    def test_notices_that_tail_or_seals_are_gone_by_the_seals_outside(self, sealed: Sealed) -> None:
        for tamper, what in ((cut_tail_and_head, "missing"), (rechain, "rewritten")):
            export = records(sealed)
            tamper(export)
            drop_seals(export)
            assert findings(export) == [], "nothing inside contradicts it"
            assert (AT, what) in named(findings(export, outside=seals_in(sealed.folder)))

    def test_trusts_no_other_key(self, sealed: Sealed) -> None:
        export = records(sealed)
        key = bytes.fromhex(export[0]["keys"][0])
        assert findings(export, keys=[key]) == []
        forge_seal(export)
        assert findings(export) == [], "a forger's own key is as good as any, unless the right one is named"
        assert (1, "foreign key") in named(findings(export, keys=[key]))

    def test_notices_changed_seals(self, sealed: Sealed) -> None:
        seals = [i for i, one in enumerate(records(sealed)) if one["kind"] == "seal"]
        export = records(sealed)
        export[seals[0]]["signature"] = "00" * 64
        assert (1, "forged seal") in named(findings(export))
        export = records(sealed)
        del export[seals[0]]
        assert named(findings(export))[0] == (1, "seal missing")

    def test_survives_nonsense(self, sealed: Sealed) -> None:
        at = index_of(records(sealed), AT)
        for nonsense in ("{", "[]", "null", '{"kind":"event"}', '{"kind":"event","position":{}}', "\x00"):
            lines = [*sealed.lines[:at], nonsense, *sealed.lines[at + 1 :]]
            assert named(verify_lines(lines).findings)[0] == (AT, "unreadable")
        assert named(verify_lines(sealed.lines[:-1]).findings)[-1][1] == "cut off"
        with pytest.raises(ValueError, match="no export"):
            verify_lines(["{}"])


class TestSignatures:
    def test_agree_with_the_library(self) -> None:
        for number in range(5):
            key = Ed25519PrivateKey.from_private_bytes(sha256(bytes([number])).digest())
            public, message = key.public_key().public_bytes_raw(), bytes([number]) * number
            signature = key.sign(message)
            assert verify_signature(public, message, signature)
            assert not verify_signature(public, message + b"x", signature)
            assert not verify_signature(public, message, signature[:-1] + bytes([signature[-1] ^ 1]))
            assert not verify_signature(bytes([public[0] ^ 1]) + public[1:], message, signature)

    def test_of_rfc_8032(self) -> None:
        """The second test vector of section 7.1."""
        public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        signature = bytes.fromhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
        assert verify_signature(public, b"\x72", signature)
        assert not verify_signature(public, b"\x73", signature)


class TestMerkleTrees:
    def test_are_those_of_rfc_6962(self) -> None:
        def root(leaves: list[bytes]) -> bytes:
            """The recursive definition of section 2.1."""
            if len(leaves) == 1:
                return sha256(b"\0" + leaves[0]).digest()
            split = 1 << (len(leaves) - 1).bit_length() - 1
            return sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()

        for size in range(1, 40):
            leaves = [bytes([number]) * 32 for number in range(size)]
            assert merkle_levels(leaves)[-1][0] == root(leaves)
            for index, leaf in enumerate(leaves):
                path = merkle_path(leaves, index)
                assert root_of_path(leaf, index, size, path) == root(leaves)
                assert root_of_path(bytes(32) if index else bytes([9]) * 32, index, size, path) != root(
                    leaves
                )
                assert root_of_path(leaf, index, size, [*path, leaf]) is None


class TestFile:
    def test_imports_only_the_standard_library(self) -> None:
        imported = {
            (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(SOURCE.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)
        relative = [n for n in ast.walk(ast.parse(SOURCE.read_text())) if getattr(n, "level", 0)]
        assert relative == []

    def test_runs_alone(self, sealed: Sealed, tmp_path: Path) -> None:
        alone = tmp_path / "verifier.py"
        alone.write_text(SOURCE.read_text())
        good, bad, proof = tmp_path / "good.ndjson", tmp_path / "bad.ndjson", tmp_path / "proof.json"
        good.write_text("".join(sealed.lines))
        tampered = records(sealed)
        flip_state(tampered)
        bad.write_text("".join(json.dumps(record) + "\n" for record in tampered))
        trip = sealed.place.client.get(
            f"/api/v1/audit/events/{AT}/proof", headers=sealed.place.north.owner.headers
        )
        proof.write_text(trip.text)
        key = tampered[0]["keys"][0]
        for file, options, status, words in (
            (good, [], 0, "Everything holds."),
            (good, ["--seals", str(sealed.folder), "--key", key], 0, "Everything holds."),
            (good, ["--key", "00" * 32], 1, "BROKEN at position 1: foreign key"),
            (bad, [], 1, f"BROKEN at position {AT}: altered"),
            (proof, ["--key", key], 0, f"Event {AT} is what was sealed."),
            (proof, ["--key", "00" * 32], 1, f"BROKEN at position {AT}"),
            (tmp_path / "none", [], 2, "cannot be verified"),
        ):
            answer = subprocess.run(
                [sys.executable, "-I", "-S", str(alone), str(file), *options],
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
            )
            assert answer.returncode == status, answer.stdout + answer.stderr
            assert words in answer.stdout + answer.stderr

    def test_positions_of_the_export_are_gapless(self, sealed: Sealed) -> None:
        positions = [one["position"] for one in records(sealed) if one["kind"] == "event"]
        assert all(later == earlier + 1 for earlier, later in pairwise(positions))
