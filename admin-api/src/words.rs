//! Words of fixed sets and moments, from texts of a request.

/// A word of a fixed set, from its text.
pub(crate) fn word<T: std::str::FromStr>(
    field: &str,
    text: &str,
) -> Result<T, faces::problem::Problem>
where
    T::Err: std::fmt::Display,
{
    text.parse::<T>()
        .map_err(|error| operations::Error::invalid(field, error).into())
}
