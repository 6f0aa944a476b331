//! (trial, not committed)
use std::time::Instant;
fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let mut kinds_all: std::collections::BTreeMap<
        (openapi::Severity, String),
        (usize, String, String, String),
    > = Default::default();
    let (mut n, mut refused, mut worst) = (0, 0, 0usize);
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let t0 = Instant::now();
        let document = match openapi::parse(&bytes, &openapi::Limits::default()) {
            Ok(d) => d,
            Err(e) => {
                refused += 1;
                println!("REFUSED {file}: {e}");
                continue;
            }
        };
        let t1 = Instant::now();
        let preview = openapi::import::preview(&document);
        let t2 = Instant::now();
        let mut max = 0;
        let mut maxkey = String::new();
        let mut short = 0;
        let mut count = 0;
        let mut total = 0;
        let mut slowest = std::time::Duration::ZERO;
        let mut slowkey = String::new();
        let mut it = openapi::reference::pages(&document);
        let mut pages = vec![];
        loop {
            let t = Instant::now();
            let Some(page) = it.next() else { break };
            if t.elapsed() > slowest {
                slowest = t.elapsed();
                slowkey = page.key.clone();
            }
            let len = serde_json::to_string(&page).unwrap().len();
            total += len;
            count += 1;
            short += usize::from(page.shortened);
            if len > max {
                max = len;
                maxkey = page.key.clone();
            }
            pages.push(page);
        }
        let t3 = Instant::now();
        let mut tlen = 0;
        for page in pages.iter().step_by(20) {
            for s in openapi::samples::all(page, "https://e.org", None) {
                tlen += s.code.len();
            }
            tlen += openapi::text::operation(page, "https://e.org", None).len();
            if let Some(d) = &page.description {
                tlen += openapi::markdown::html(d).len();
            }
        }
        let index = openapi::reference::index(&document);
        let t4 = Instant::now();
        let mut other: serde_json::Value =
            serde_json::from_slice(&bytes).unwrap_or(serde_json::json!({}));
        other["components"]["x-changed"] = serde_json::json!(1);
        if document.version() == openapi::Version::Swagger20 {
            other["security"] = serde_json::json!([{}]);
        }
        let td = Instant::now();
        let changes =
            match openapi::parse(other.to_string().as_bytes(), &openapi::Limits::default()) {
                Ok(o) => openapi::diff::between(&document, &o),
                Err(_) => vec![],
            };
        if td.elapsed().as_secs() > 3 {
            println!("DIFF {file} {:?}", td.elapsed());
        }
        if !changes.is_empty() {
            println!("CHANGES {file} {changes:?}");
        }
        let keys: std::collections::HashSet<_> = index.entries().map(|e| &e.key).collect();
        assert_eq!(keys.len(), count);
        for f in &preview.findings {
            let m: String = f
                .message
                .split('`')
                .step_by(2)
                .collect::<Vec<_>>()
                .join("_");
            let e = kinds_all.entry((f.severity, m)).or_insert((
                0usize,
                file.clone(),
                f.pointer.clone(),
                f.message.clone(),
            ));
            e.0 += 1;
        }
        n += 1;
        worst = worst.max(max);
        let missing_lines = preview
            .findings
            .iter()
            .filter(|f| f.line == Some(1))
            .count();
        if files.len() < 30 || t4 - t0 > std::time::Duration::from_secs(2) || max > 200_000 {
            println!(
                "{file} {:?} {} KB: parse {:?} preview {:?} pages {:?} text {:?}; {} routes {} imported, {} findings (+{}), line1 {}, pages {} short {} max {} ({}) total {} KB slowest {:?} {}; text {}",
                document.version(),
                bytes.len() / 1024,
                t1 - t0,
                t2 - t1,
                t3 - t2,
                t4 - t3,
                preview.routes.len(),
                preview.imported().count(),
                preview.findings.len(),
                preview.findings_left_out,
                missing_lines,
                count,
                short,
                max,
                maxkey,
                total / 1024,
                slowest,
                slowkey,
                tlen
            );
        }
        if file.ends_with(".yaml") {
            let lines: Vec<(String, u32)> = preview
                .routes
                .iter()
                .map(|r| (r.pointer.clone(), r.line))
                .chain(
                    preview
                        .findings
                        .iter()
                        .map(|f| (f.pointer.clone(), f.line.unwrap())),
                )
                .collect();
            std::fs::write(
                format!("{file}.lines"),
                serde_json::to_string(&lines).unwrap(),
            )
            .unwrap();
        }
        if files.len() < 5 {
            let mut kinds = std::collections::BTreeMap::new();
            for f in &preview.findings {
                let m: String = f
                    .message
                    .split('`')
                    .step_by(2)
                    .collect::<Vec<_>>()
                    .join("_");
                kinds
                    .entry((f.severity, m))
                    .or_insert_with(Vec::new)
                    .push((f.line, f.pointer.clone()));
            }
            for (k, v) in kinds {
                println!("  {k:?} x{} e.g. {:?}", v.len(), v[0]);
            }
            println!(
                "  {:?} {} {} {:?} left {:?}",
                preview.upstream,
                preview.slug,
                preview.base_path,
                preview.suggested_auth,
                preview.left_out
            );
        }
    }
    if files.len() >= 30 {
        for (k, v) in &kinds_all {
            println!("K {k:?} {v:?}");
        }
    }
    println!("{n} read, {refused} refused, largest page {worst}");
}
