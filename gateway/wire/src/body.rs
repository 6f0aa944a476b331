//! The body of an answer, taken off what was read piece by piece (RFC 9112 sections 6 and 7).

use bytes::{Buf as _, Bytes, BytesMut};
use httparse::Status;
use thiserror::Error;

/// Bytes of a chunk's first line, and of all trailers, at the most.
const LINES_MOST: usize = 16 * 1024;

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, the last one empty.
    Chunked,
    /// The connection ends.
    Close,
}

/// Why bytes are no body.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BodyError {
    /// The connection ended before it.
    #[error("the body ended before its end")]
    CutOff,
    /// A chunk's length or end is not what it must be.
    #[error("the body is not in chunks")]
    Chunk,
    /// A line of a chunk, or the trailers, are too long.
    #[error("the lines between chunks are longer than {LINES_MOST} bytes")]
    TooLong,
}

/// A body while it is read.
#[derive(Debug)]
pub struct Body(State);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many bytes are to come.
    Length(u64),
    /// Everything until the end of the connection.
    Close,
    /// A line with the length of a chunk comes.
    Size,
    /// So many bytes of a chunk are to come.
    Chunk(u64),
    /// The line end behind a chunk comes.
    ChunkEnd,
    /// Trailers come, of which so many bytes were seen.
    Trailers(usize),
    Done,
}

impl Body {
    /// A body of which nothing was read.
    pub fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::None | Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size,
            Framing::Close => State::Close,
        })
    }

    /// Whether all of it was taken.
    pub fn is_done(&self) -> bool {
        self.0 == State::Done
    }

    /// How many more bytes it is known to have; `None` when that is not known.
    pub fn left(&self) -> Option<u64> {
        match self.0 {
            State::Length(left) | State::Chunk(left) => Some(left),
            State::Close => None,
            _ => Some(0),
        }
    }

    /// Takes the next piece off the front of what was read; `None` when more has to be read, or it is done.
    ///
    /// # Errors
    ///
    /// When what was read is no body.
    pub fn take(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, BodyError> {
        self.pass(input)?;
        let left = match self.0 {
            State::Length(left) | State::Chunk(left) => left,
            State::Close => u64::MAX,
            _ => return Ok(None),
        };
        if input.is_empty() {
            return Ok(None);
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let piece = input.split_to(length).freeze();
        let left = left - length as u64;
        self.0 = match self.0 {
            State::Length(_) if left == 0 => State::Done,
            State::Length(_) => State::Length(left),
            State::Chunk(_) if left == 0 => State::ChunkEnd,
            State::Chunk(_) => State::Chunk(left),
            other => other,
        };
        // so that the last piece is known to be the last; what is wrong here is told when it is asked for
        let _ = self.pass(input);
        Ok(Some(piece))
    }

    /// The connection ended.
    ///
    /// # Errors
    ///
    /// When more was to come.
    pub fn end(&mut self) -> Result<(), BodyError> {
        match self.0 {
            State::Close | State::Done => {
                self.0 = State::Done;
                Ok(())
            }
            _ => Err(BodyError::CutOff),
        }
    }

    /// Passes over what stands between chunks and behind them.
    fn pass(&mut self, input: &mut BytesMut) -> Result<(), BodyError> {
        loop {
            self.0 = match self.0 {
                State::Size => match httparse::parse_chunk_size(input) {
                    Ok(Status::Complete((length, size))) => {
                        input.advance(length);
                        if size == 0 {
                            State::Trailers(0)
                        } else {
                            State::Chunk(size)
                        }
                    }
                    Ok(Status::Partial) if input.len() > LINES_MOST => {
                        return Err(BodyError::TooLong);
                    }
                    Ok(Status::Partial) => return Ok(()),
                    Err(_) => return Err(BodyError::Chunk),
                },
                State::ChunkEnd => match input.first_chunk() {
                    Some(b"\r\n") => {
                        input.advance(2);
                        State::Size
                    }
                    Some(_) => return Err(BodyError::Chunk),
                    None => return Ok(()),
                },
                // nobody behind is promised trailers: they are passed over
                State::Trailers(seen) => match input.iter().position(|byte| *byte == b'\n') {
                    Some(at) if seen + at > LINES_MOST => return Err(BodyError::TooLong),
                    Some(at) => {
                        let is_last = input[..at].trim_ascii_end().is_empty();
                        input.advance(at + 1);
                        if is_last {
                            State::Done
                        } else {
                            State::Trailers(seen + at + 1)
                        }
                    }
                    None if seen + input.len() > LINES_MOST => return Err(BodyError::TooLong),
                    None => return Ok(()),
                },
                _ => return Ok(()),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the bytes in pieces of a size, and then the end of the connection.
    fn read(framing: Framing, bytes: &[u8], size: usize) -> Result<(Vec<u8>, usize), BodyError> {
        let mut body = Body::new(framing);
        let mut input = BytesMut::new();
        let mut found = Vec::new();
        for part in bytes.chunks(size) {
            input.extend_from_slice(part);
            while let Some(piece) = body.take(&mut input)? {
                assert!(!piece.is_empty());
                found.extend_from_slice(&piece);
            }
        }
        body.end()?;
        assert!(body.is_done());
        Ok((found, input.len()))
    }

    #[test]
    fn bodies_end_where_they_say() {
        for size in [1, 2, 3, 7, 1_000] {
            for (framing, bytes, body, rest) in [
                (Framing::Length(5), "helloX", "hello", 1),
                (Framing::Length(0), "X", "", 1),
                (Framing::None, "X", "", 1),
                (Framing::Close, "all of it", "all of it", 0),
                (Framing::Chunked, "5\r\nhello\r\n0\r\n\r\nX", "hello", 1),
                (
                    Framing::Chunked,
                    "1;a=b\r\nh\r\n00A\r\nello world\r\n0\r\nT: 1\r\nU: 2\r\n\r\n",
                    "hello world",
                    0,
                ),
                (Framing::Chunked, "0\r\n\r\n", "", 0),
            ] {
                let found = read(framing, bytes.as_bytes(), size).unwrap();
                assert_eq!(found, (body.as_bytes().to_vec(), rest), "{bytes} by {size}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_noticed() {
        for (framing, bytes) in [
            (Framing::Length(6), "hello"),
            (Framing::Chunked, "5\r\nhello"),
            (Framing::Chunked, "5\r\nhello\r\n"),
            (Framing::Chunked, "5\r\nhello\r\n0\r\n"),
            (Framing::Chunked, ""),
        ] {
            assert_eq!(
                read(framing, bytes.as_bytes(), 3).unwrap_err(),
                BodyError::CutOff,
                "{bytes}"
            );
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for bytes in [
            "5\r\nhelloX\r\n0\r\n\r\n",
            "-1\r\n",
            "x\r\n",
            "10000000000000000\r\n",
        ] {
            assert_eq!(
                read(Framing::Chunked, bytes.as_bytes(), 4).unwrap_err(),
                BodyError::Chunk,
                "{bytes}"
            );
        }
        let long = format!("5;{}", "x".repeat(LINES_MOST));
        let trailers = format!("0\r\n{}", "T: 1\r\n".repeat(LINES_MOST));
        for bytes in [long, trailers] {
            assert_eq!(
                read(Framing::Chunked, bytes.as_bytes(), 1_000).unwrap_err(),
                BodyError::TooLong
            );
        }
    }

    #[test]
    fn the_last_piece_is_known_to_be_the_last() {
        let mut body = Body::new(Framing::Chunked);
        let mut input = BytesMut::from("5\r\nhello\r\n0\r\n\r\n");
        assert_eq!(body.take(&mut input).unwrap().unwrap(), "hello");
        assert!(body.is_done());
    }
}
