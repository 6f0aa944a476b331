//! Asking the portal: for a call with a token in it, and for samples with what was typed.

use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, FormData, HtmlFormElement, RequestInit, Response, UrlSearchParams};

use super::failure::Failure;

/// A call that is ready to be sent.
pub(super) struct Prepared {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
    /// The same call in each language, by its slug.
    pub(super) samples: JsValue,
}

/// Asks for the call that the form describes.
pub(super) async fn prepare(
    address: &str,
    form: &HtmlFormElement,
    signal: &AbortSignal,
) -> Result<Prepared, Failure> {
    let (status, reply) = ask(&format!("{address}/call"), form, Some(signal))
        .await
        .map_err(|_| Failure::PortalAway)?;
    if status == 422 {
        let wrong = list(&reply, "errors")
            .iter()
            .map(|error| (text(error, "field"), text(error, "message")))
            .collect();
        return Err(Failure::Form(wrong));
    }
    if status != 200 {
        let message = text(&reply, "message");
        return Err(match message.is_empty() {
            true => Failure::PortalAway,
            false => Failure::Portal(message),
        });
    }
    let headers = list(&reply, "headers")
        .iter()
        .map(|pair| {
            let pair = js_sys::Array::from(pair);
            let part = |index| pair.get(index).as_string().unwrap_or_default();
            (part(0), part(1))
        })
        .collect();
    Ok(Prepared {
        method: text(&reply, "method"),
        url: text(&reply, "url"),
        headers,
        body: member(&reply, "body").as_string(),
        samples: member(&reply, "samples"),
    })
}

/// Asks for the samples of what the form holds now; nothing when the portal does not answer: they are no reason to complain.
pub(super) async fn samples(address: &str, form: &HtmlFormElement) -> Option<JsValue> {
    let (status, reply) = ask(&format!("{address}/samples"), form, None).await.ok()?;
    (status == 200).then(|| member(&reply, "samples"))
}

async fn ask(
    address: &str,
    form: &HtmlFormElement,
    signal: Option<&AbortSignal>,
) -> Result<(u16, JsValue), JsValue> {
    let fields = FormData::new_with_form(form)?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&fields)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&fields);
    request.set_signal(signal);
    let response = JsFuture::from(window()?.fetch_with_str_and_init(address, &request)).await?;
    let response: Response = response.dyn_into()?;
    let reply = JsFuture::from(response.json()?).await?;
    Ok((response.status(), reply))
}

/// The window, which a page always has.
pub(super) fn window() -> Result<web_sys::Window, JsValue> {
    web_sys::window().ok_or(JsValue::NULL)
}

/// A member of an object; `undefined` where there is none.
pub(super) fn member(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A member that is a text; empty where it is none.
pub(super) fn text(object: &JsValue, name: &str) -> String {
    member(object, name).as_string().unwrap_or_default()
}

fn list(object: &JsValue, name: &str) -> Vec<JsValue> {
    let value = member(object, name);
    match js_sys::Array::is_array(&value) {
        true => js_sys::Array::from(&value).to_vec(),
        false => Vec::new(),
    }
}
