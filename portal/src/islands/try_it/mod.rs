//! Trying an operation from its page: the browser calls the gateway itself, with a token that the portal makes.

mod answer;
mod call;
mod failure;
mod gateway;
pub mod json;
mod limits;
mod parts;
mod portal;
mod state;

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

use self::answer::answer;
use self::state::State;

/// How long nothing must be typed before the samples follow, in milliseconds.
const PAUSE: u64 = 350;

/// Around the form, which the server draws and which works alone: takes over its sending, and shows the answer.
#[island]
pub fn TryIt(
    /// The operation's page; calls are prepared below it.
    address: String,
    /// The origin of the gateway.
    gateway: String,
    /// The address of the icons.
    icons: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    let state = State::new(address, gateway);
    let submit = move |event: ev::SubmitEvent| {
        if let Some(form) = target::<HtmlFormElement>(&event) {
            event.prevent_default();
            call::start(state, form);
        }
    };
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let follow = move |event: ev::Event| {
        let form = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("form").ok().flatten())
            .and_then(|element| element.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form else { return };
        if let Some(pause) = pause.get_value() {
            pause.clear();
        }
        let then = move || call::follow(state, form.clone());
        let handle = set_timeout_with_handle(then, std::time::Duration::from_millis(PAUSE));
        pause.set_value(handle.ok());
    };
    let keys = move |event: ev::KeyboardEvent| {
        let wants = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        let area = target::<web_sys::HtmlTextAreaElement>(&event);
        if let Some(form) = area.filter(|_| wants).and_then(|area| area.form()) {
            // Refused only where the form is no longer in the page.
            drop(form.request_submit());
        }
    };
    view! {
        <div on:submit=submit on:input=follow on:keydown=keys>{children()}</div>
        {answer(state, icons)}
    }
}

fn target<T: JsCast>(event: &web_sys::Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}
