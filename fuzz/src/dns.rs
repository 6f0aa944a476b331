//! The reader of name servers' answers, driven with any bytes. Used by its fuzz target and, over the kept corpus and seeded
//! mutations of it, by the ordinary tests.

use gateway_wire::dns::{Kind, Question, Record, Reply};

/// The number of the question.
const ID: u16 = 7;

/// The first byte chooses what was asked for; the rest is what a server sent behind the question, with the counts of the head
/// before it. What is read can be asked for again, and what is cut off is never read as something else.
pub fn dns(input: &[u8]) {
    let Some((kind, sent)) = input.split_first() else {
        return;
    };
    let kind = [Kind::A, Kind::Aaaa, Kind::Srv][usize::from(kind % 3)];
    let question = Question::new("_shop._tcp.test", kind).expect("a name");
    // as it came: a message that may be none at all
    let _ = question.read(sent, ID);
    let Some((head, records)) = sent.split_first_chunk::<4>() else {
        return;
    };
    let mut message = question.to_bytes(ID);
    message[2..4].copy_from_slice(&[head[0] | 0x80, head[1]]);
    message[6..8].copy_from_slice(&head[2..4]);
    message.extend_from_slice(records);
    let whole = question.read(&message, ID);
    let Ok(Reply::Found { records, .. }) = &whole else {
        return;
    };
    assert!(!records.is_empty() && records.len() <= 512);
    for record in records {
        match (kind, record) {
            (Kind::A, Record::Address(ip)) => assert!(ip.is_ipv4()),
            (Kind::Aaaa, Record::Address(ip)) => assert!(ip.is_ipv6()),
            (Kind::Srv, Record::Service(one)) => {
                let name = one.target.as_str();
                assert!(
                    name.is_empty() || Question::new(name, Kind::A).is_ok(),
                    "{name}"
                );
            }
            _ => panic!("another kind of record than was asked for"),
        }
    }
    assert!(question.read(&message, ID + 1).is_err());
    for end in 0..message.len().min(64) {
        let cut = question.read(&message[..end], ID);
        assert!(
            cut.is_err() || cut == whole,
            "{cut:?} of an answer that is cut off"
        );
    }
}
