use super::*;

#[test]
fn raw_html_becomes_text() {
    let safe = html(
        "a <b onclick=x>bold</b> word<br>next\n\n<p>Cancels &lt;it&gt;.</p><ul><li>one</ul>\n\n<script>alert(1)</script>",
    );
    assert_eq!(
        safe,
        "<p>a bold word<br>\nnext</p>\n<p>Cancels &lt;it&gt;.</p>\n<p>one</p>\n"
    );
}

#[test]
fn links_are_guarded() {
    let safe = html(
        "[a](https://example.org \"t\") [b](javascript:alert(1)) [c](/relative) <data:text/html,x>",
    );
    assert!(
        safe.contains(
            "<a href=\"https://example.org\" title=\"t\" rel=\"nofollow noopener\">a</a>"
        ),
        "{safe}"
    );
    assert!(
        !safe.contains("javascript")
            && !safe.contains("/relative")
            && !safe.contains("href=\"data"),
        "{safe}"
    );
}

#[test]
fn images_load_nothing() {
    let safe = html(
        "![one](https://example.org/a.png) ![two](data:image/png;base64,AA) [![three](https://e.org/b.png)](https://e.org)",
    );
    assert!(!safe.contains("<img") && !safe.contains("data:"), "{safe}");
    assert!(
        safe.contains("https://example.org/a.png")
            && safe.contains("two")
            && safe.contains("three"),
        "{safe}"
    );
}

#[test]
fn headings_start_at_three() {
    assert_eq!(html("# A\n\n## B"), "<h3>A</h3>\n<h4>B</h4>\n");
    assert_eq!(html("### C\n\n#### D"), "<h3>C</h3>\n<h4>D</h4>\n");
    assert_eq!(html("#### D"), "<h4>D</h4>\n");
}

#[test]
fn code_is_escaped() {
    assert_eq!(html("`<script>`"), "<p><code>&lt;script&gt;</code></p>\n");
}

#[test]
fn hostile_nesting_ends_soon() {
    for piece in ["> ", "- > ", "1. > ", "[", "*a_", "- ", "<div>", "![", "`"] {
        let long = piece.repeat(20_000);
        assert!(html(&long).len() < 4 << 20);
        assert!(summary(&long, 100).chars().count() <= 100);
    }
}

#[test]
fn summaries_are_one_sentence() {
    assert_eq!(
        summary(
            "# Title\n\nLists *open* orders, e.g. of v1.2 today. More.",
            200
        ),
        "Lists open orders, e.g. of v1.2 today."
    );
    assert_eq!(summary("one two three four", 12), "one two…");
    assert_eq!(summary("", 10), "");
    assert_eq!(plain("a **b**\n\n- c `d`"), "a b c d");
}
