//! A short run of the fuzz target for structured fields.

#[path = "../../../../fuzz/src/kept.rs"]
#[expect(unreachable_pub, reason = "other crates' tests include it too")]
mod kept;
#[path = "../../../../fuzz/src/structured.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod structured;

use kept::Run;

/// What structured fields are made of.
const PIECES: [&[u8]; 22] = [
    b"\n",
    b"\"",
    b"\\",
    b"(",
    b")",
    b";",
    b",",
    b"=",
    b":",
    b"?1",
    b"@1",
    b"-9",
    b"1.5",
    b"\"@path\"",
    b"\"@query-param\";name=\"x\"",
    b"\"x-two\"",
    b";keyid=\"k\"",
    b";created=1",
    b"a=(",
    b"a=:AAAA:",
    b"\xc3\xa9",
    b"%00",
];

#[test]
fn a_signature_covers_what_its_base_says() {
    let run = Run {
        target: "structured",
        rounds: 2_000,
        seed: 5,
        pieces: &PIECES,
    };
    run.drive(structured::structured);
}
