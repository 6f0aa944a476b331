//! The questions of a plan, as rows of its form.

use operations::plans::QuestionInput;
use store::plans::{Question, QuestionKind};

use crate::form::Form;
use crate::parts::{Choice, Field, Kind};

/// Rows for questions that the form shows at least, and beyond those that are there.
const SPARE: usize = 2;

/// Puts the questions of a plan into the form.
pub(super) fn fill(form: &mut Form, questions: &[Question]) {
    for (n, question) in questions.iter().enumerate() {
        form.set(&format!("questions/{n}/name"), question.name.to_string());
        form.set(&format!("questions/{n}/label"), question.label.clone());
        let (kind, options) = match &question.kind {
            QuestionKind::Text { .. } => ("text", String::new()),
            QuestionKind::LongText { .. } => ("long_text", String::new()),
            QuestionKind::Choice { options } => ("choice", options.join("\n")),
        };
        form.set(&format!("questions/{n}/kind"), kind);
        form.set(&format!("questions/{n}/options"), options);
        form.set(
            &format!("questions/{n}/required"),
            question.required.to_string(),
        );
    }
    form.set("questions", questions.len().to_string());
}

/// How many rows the form has: those that are filled in, and spare ones.
pub(super) fn rows(form: &Form) -> usize {
    form.parse::<usize>("questions").unwrap_or(0).min(20) + SPARE
}

/// What was typed; rows without a question are left out.
pub(super) fn read(form: &Form) -> Vec<QuestionInput> {
    (0..rows(form))
        .filter_map(|n| {
            let at = |name: &str| format!("questions/{n}/{name}");
            let label = form.some(&at("label"))?;
            let kind = match form.get(&at("kind")) {
                "long_text" => QuestionKind::LongText { max_length: 2_000 },
                "choice" => QuestionKind::Choice {
                    options: form.lines(&at("options")),
                },
                _ => QuestionKind::Text { max_length: 200 },
            };
            Some(QuestionInput {
                name: form.text(&at("name")),
                label,
                kind,
                required: form.is(&at("required")),
            })
        })
        .collect()
}

/// The rows of the form.
pub(super) fn fields(form: &Form) -> Vec<Field> {
    let mut fields = Vec::new();
    for n in 0..rows(form) {
        let at = |name: &str| format!("questions/{n}/{name}");
        let kinds = vec![
            Choice::new("text", "One line"),
            Choice::new("long_text", "Several lines"),
            Choice::new("choice", "One of a list"),
        ];
        fields.push(
            form.field(Kind::Text, &at("label"), &format!("Question {}", n + 1))
                .optional(),
        );
        fields.push(form.field(Kind::Select(kinds), &at("kind"), "Answered with"));
        fields.push(
            form.field(Kind::Area(2), &at("options"), "The list, one a line")
                .optional(),
        );
        fields.push(form.field(Kind::Checkbox, &at("required"), "Must be answered"));
    }
    fields
}
