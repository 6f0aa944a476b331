//! Calls as rows: when, what, the answer, how long, why.

use charts::format;
use domain::Timestamp;
use domain::refusal::Refusal;
use leptos::prelude::*;
use store::request_log::Request;

/// The table of some calls, the latest first.
pub(in crate::pages) fn table(requests: &[Request], now: Timestamp) -> AnyView {
    let rows: Vec<_> = requests.iter().map(|request| row(request, now)).collect();
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Calls">
            <table class="table" data-stack="" data-hover="">
                <thead><tr>
                    <th scope="col">"Time, UTC"</th>
                    <th scope="col">"Call"</th>
                    <th scope="col">"Answer"</th>
                    <th scope="col" class="number">"Took"</th>
                    <th scope="col">"Why"</th>
                    <th scope="col">"Request id"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(request: &Request, now: Timestamp) -> AnyView {
    let at = request.at.micros();
    // The log reaches back a week: a time of day alone would be another day's, too.
    let is_today = format::short_date(at) == format::short_date(now.micros());
    let day = (!is_today).then(|| view! { <span class="sub">{format::short_date(at)}</span> });
    let method = request.method.clone();
    let try_it = request
        .try_it
        .then(|| view! { <span class="sub">"from the try-it page"</span> });
    let took = format::milliseconds(request.duration_us.unsigned_abs());
    view! {
        <tr>
            <td data-label="Time" class="nowrap mono">
                <time datetime=format::iso(at) title=format::exact(at)>{clock(request.at)}</time>{day}
            </td>
            <th scope="row" class="mono">
                <span class="method" data-method=request.method.clone()>{method}</span>" "{request.path.clone()}{try_it}
            </th>
            <td data-label="Answer"><span class="http" data-class=class(request.status)>{request.status.to_string()}</span></td>
            <td data-label="Took" class="number">{took}</td>
            <td data-label="Why">{why(request)}</td>
            <td data-label="Request id" class="mono muted">{request.request_id.clone()}</td>
        </tr>
    }.into_any()
}

/// The time of day to the millisecond: `15:41:07.912`.
fn clock(at: Timestamp) -> String {
    let seconds = at.seconds().rem_euclid(86_400);
    let millis = at.micros().rem_euclid(1_000_000) / 1_000;
    format!(
        "{:02}:{:02}:{:02}.{millis:03}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn class(status: i64) -> String {
    (status / 100).to_string()
}

/// A refusal of the gate leads to its explanation; other failures are the API's own.
fn why(request: &Request) -> AnyView {
    if let Ok(refusal) = request.code.parse::<Refusal>() {
        let href = format!("/errors/{refusal}");
        return view! {
            <a class="mono" href=href>{refusal.as_str()}</a>
            <span class="sub">{refusal.explain().title}</span>
        }
        .into_any();
    }
    if request.status >= 400 {
        return view! { <span class="muted">"from the API"</span> }.into_any();
    }
    ().into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_exact() {
        let at = Timestamp::from_micros((86_400 + 15 * 3_600 + 41 * 60 + 7) * 1_000_000 + 912_345);
        assert_eq!(clock(at), "15:41:07.912");
    }
}
