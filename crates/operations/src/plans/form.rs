//! The form of a plan: questions that a publisher writes, answers that a developer gives.

use std::collections::HashSet;

use domain::text::{Slug, line, paragraph};
use store::plans::{Question, QuestionKind};
use store::subscriptions::Answer;

use crate::fields::Fields;

/// Questions of one form.
const QUESTIONS_MOST: usize = 20;
/// The longest question, in characters.
const LABEL_MOST: usize = 200;
/// The longest answer that a form may ask for, in characters.
const ANSWER_MOST: usize = 5_000;
/// Answers to choose from.
const OPTIONS_MOST: usize = 50;

/// A question as a publisher writes it.
#[derive(Debug, Clone)]
pub struct QuestionInput {
    /// Its name in forms and answers; made from the label when empty.
    pub name: String,
    /// The question.
    pub label: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// Whether it must be answered.
    pub required: bool,
}

/// An answer as a developer gives it.
#[derive(Debug, Clone)]
pub struct AnswerInput {
    /// The question's name.
    pub name: String,
    /// The answer.
    pub answer: String,
}

/// The questions, when nothing is wrong with any of them.
pub(super) fn check_questions(
    fields: &mut Fields,
    inputs: &[QuestionInput],
) -> Option<Vec<Question>> {
    if inputs.len() > QUESTIONS_MOST {
        let message = format!("are {}; at most {QUESTIONS_MOST} are asked", inputs.len());
        fields.refuse("questions", message);
        return None;
    }
    let mut names = HashSet::new();
    let questions: Vec<Option<Question>> = inputs
        .iter()
        .enumerate()
        .map(|(n, input)| {
            let question = check_question(fields, n, input)?;
            if names.insert(question.name.clone()) {
                return Some(question);
            }
            let message = format!(
                "`{}` is the name of another question",
                question.name.as_str()
            );
            fields.refuse(format!("questions/{n}/name"), message);
            None
        })
        .collect();
    questions.into_iter().collect()
}

fn check_question(fields: &mut Fields, n: usize, input: &QuestionInput) -> Option<Question> {
    let at = |field: &str| format!("questions/{n}/{field}");
    let label = fields.check(at("label"), line(&input.label, LABEL_MOST))?;
    let name: Slug = if input.name.trim().is_empty() {
        Slug::suggest(&label).or_else(|| Slug::suggest(&format!("question {n}")))?
    } else {
        fields.parse(at("name"), &input.name)?
    };
    let kind = match &input.kind {
        QuestionKind::Text { max_length } | QuestionKind::LongText { max_length }
            if !(1..=ANSWER_MOST).contains(max_length) =>
        {
            let message = format!("must lie between 1 and {ANSWER_MOST}");
            fields.refuse(at("max_length"), message);
            return None;
        }
        QuestionKind::Choice { options } => QuestionKind::Choice {
            options: check_options(fields, &at("options"), options)?,
        },
        other => other.clone(),
    };
    Some(Question {
        name,
        label,
        kind,
        required: input.required,
    })
}

fn check_options(fields: &mut Fields, field: &str, options: &[String]) -> Option<Vec<String>> {
    if !(2..=OPTIONS_MOST).contains(&options.len()) {
        let message = format!("must be 2 to {OPTIONS_MOST}; there are {}", options.len());
        fields.refuse(field, message);
        return None;
    }
    let mut kept = Vec::with_capacity(options.len());
    for (n, option) in options.iter().enumerate() {
        let option = fields.check(format!("{field}/{n}"), line(option, LABEL_MOST))?;
        if kept.contains(&option) {
            fields.refuse(format!("{field}/{n}"), "is there twice");
            return None;
        }
        kept.push(option);
    }
    Some(kept)
}

/// The answers to a form, each with its question. Answers to other questions are refused; empty ones are left out.
pub fn check_answers(
    fields: &mut Fields,
    questions: &[Question],
    inputs: &[AnswerInput],
) -> Vec<Answer> {
    for (n, input) in inputs.iter().enumerate() {
        if !questions.iter().any(|q| q.name.as_str() == input.name) {
            let message = format!("answers `{}`, which the plan does not ask", input.name);
            fields.refuse(format!("answers/{n}"), message);
        }
    }
    let answered = questions.iter().filter_map(|question| {
        let given = inputs.iter().find(|i| i.name == question.name.as_str());
        let text = given.map_or("", |input| input.answer.trim());
        let field = format!("answers/{}", question.name.as_str());
        if text.is_empty() {
            if question.required {
                fields.refuse(field, "must be answered");
            }
            return None;
        }
        Some(Answer {
            name: question.name.clone(),
            question: question.label.clone(),
            answer: check_answer(fields, &field, &question.kind, text)?,
        })
    });
    answered.collect()
}

fn check_answer(
    fields: &mut Fields,
    field: &str,
    kind: &QuestionKind,
    text: &str,
) -> Option<String> {
    match kind {
        QuestionKind::Text { max_length } => fields.check(field, line(text, *max_length)),
        QuestionKind::LongText { max_length } => fields.check(field, paragraph(text, *max_length)),
        QuestionKind::Choice { options } if options.iter().any(|option| option == text) => {
            Some(text.to_owned())
        }
        QuestionKind::Choice { options } => {
            let message = format!("must be one of {}", options.join(", "));
            fields.refuse(field, message);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn form() -> Vec<Question> {
        let mut fields = Fields::new();
        let ask = |label: &str, kind, required| QuestionInput {
            name: String::new(),
            label: label.to_owned(),
            kind,
            required,
        };
        let size = QuestionKind::Choice {
            options: vec!["few".to_owned(), "many".to_owned()],
        };
        let questions = [
            ask("What for?", QuestionKind::LongText { max_length: 10 }, true),
            ask("How many calls?", size, false),
        ];
        check_questions(&mut fields, &questions).unwrap()
    }

    fn check(answers: &[(&str, &str)]) -> Result<Vec<Answer>, Vec<String>> {
        let mut fields = Fields::new();
        let inputs: Vec<_> = answers
            .iter()
            .map(|(name, answer)| AnswerInput {
                name: (*name).to_owned(),
                answer: (*answer).to_owned(),
            })
            .collect();
        let answers = check_answers(&mut fields, &form(), &inputs);
        match fields.finish() {
            Ok(()) => Ok(answers),
            Err(Error::Invalid(errors)) => Err(errors.into_iter().map(|e| e.field).collect()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn takes_answers_with_their_questions() {
        let answers = check(&[("what-for", " Ships "), ("how-many-calls", "few")]).unwrap();
        assert_eq!(answers[0].question, "What for?");
        assert_eq!(answers[0].answer, "Ships");
        assert_eq!(answers[1].answer, "few");
    }

    #[test]
    fn refuses_what_is_missing_too_long_or_no_choice() {
        assert_eq!(check(&[]).unwrap_err(), ["answers/what-for"]);
        assert_eq!(
            check(&[
                ("what-for", "more than ten"),
                ("how-many-calls", "some"),
                ("x", "y")
            ])
            .unwrap_err(),
            ["answers/2", "answers/what-for", "answers/how-many-calls"]
        );
    }
}
