//! A page as a browser holds it, and its forms.

use reqwest::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// An answer, after redirects; or the redirect itself, where it leads out of what the browser follows.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Where a redirect that was not followed leads.
    pub(crate) location: Option<Url>,
}

impl Page {
    /// The page's name: `data-page` of its body.
    pub(crate) fn page(&self) -> Option<String> {
        self.attribute("[data-page]", "data-page")
    }

    /// The error that the page shows: its `data-error`.
    pub(crate) fn error_class(&self) -> Option<String> {
        self.attribute("[data-error]", "data-error")
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// An attribute of the first element that `selector` finds.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.body);
        html.select(&compiled(selector))
            .find_map(|element| element.value().attr(name).map(str::to_owned))
    }

    /// The text of each element that `selector` finds, white space folded.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        html.select(&compiled(selector))
            .map(|element| folded(&element.text().collect::<String>()))
            .collect()
    }

    /// Where the first link that `selector` finds leads.
    pub(crate) fn link(&self, selector: &str) -> Url {
        let href = self
            .attribute(selector, "href")
            .unwrap_or_else(|| panic!("no link {selector} in\n{}", self.body));
        self.url.join(&href).expect("a link is an address")
    }

    /// A parameter of the redirect's query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        parameter(self.location.as_ref()?.query()?, name)
    }

    /// A parameter of the redirect's fragment.
    pub(crate) fn fragment(&self, name: &str) -> Option<String> {
        parameter(self.location.as_ref()?.fragment()?, name)
    }

    /// The page's only form that is shown without scripts; it must have one, and no second.
    pub(crate) fn form(&self) -> Form {
        self.form_at("form:not([hidden])")
    }

    /// The only form that `selector` finds.
    pub(crate) fn form_at(&self, selector: &str) -> Form {
        let html = Html::parse_document(&self.body);
        let forms: Vec<ElementRef<'_>> = html.select(&compiled(selector)).collect();
        assert_eq!(
            forms.len(),
            1,
            "forms {selector} on {} ({})\n{}",
            self.url,
            self.status,
            self.body
        );
        Form::read(self, forms[0])
    }
}

/// What a control sends, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Control {
    Field,
    /// A checkbox or radio button, and whether it is on.
    Choice(bool),
    Button,
}

/// A form, to be filled in and given to `Browser::submit`.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: Url,
    pub(crate) method: String,
    /// The page it stands on, and that page's `Referrer-Policy`.
    pub(crate) on: Url,
    pub(crate) referrer_policy: Option<String>,
    controls: Vec<(String, String, Control)>,
}

impl Form {
    fn read(page: &Page, form: ElementRef<'_>) -> Self {
        let action = form
            .value()
            .attr("action")
            .filter(|action| !action.is_empty())
            .unwrap_or(page.url.as_str());
        let controls = form
            .select(&compiled("input, select, textarea, button"))
            .filter_map(control)
            .collect();
        Self {
            action: page.url.join(action).expect("a form's action is an address"),
            method: form.value().attr("method").unwrap_or("get").to_ascii_lowercase(),
            on: page.url.clone(),
            referrer_policy: page.header("referrer-policy").map(str::to_owned),
            controls,
        }
    }

    /// The names and values that the form sends, buttons aside.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let is_sent = |control: &Control| matches!(control, Control::Field | Control::Choice(true));
        let sent = self
            .controls
            .iter()
            .filter(|(name, _, control)| is_sent(control) && !name.is_empty());
        sent.map(|(name, value, _)| (name.clone(), value.clone())).collect()
    }

    /// The value that the form sends under `name`.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.fields()
            .into_iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value)
    }

    /// Types a value into a field, which must exist.
    #[must_use]
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        let field = self
            .controls
            .iter_mut()
            .find(|(field, _, control)| field == name && *control == Control::Field);
        match field {
            Some((_, old, _)) => value.clone_into(old),
            None => panic!("no field {name} in {self:?}"),
        }
        self
    }

    /// Turns a checkbox or radio button on or off; it must exist.
    #[must_use]
    pub(crate) fn choose(mut self, name: &str, value: &str, on: bool) -> Self {
        let choices = |control: &(String, String, Control)| control.0 == name && control.1 == value;
        let found = self
            .controls
            .iter_mut()
            .find(|control| matches!(control.2, Control::Choice(_)) && choices(control));
        match found {
            Some((_, _, control)) => *control = Control::Choice(on),
            None => panic!("no choice {name}={value} in {self:?}"),
        }
        self
    }

    /// Adds a field that the page does not have, as an attacker or a script would.
    #[must_use]
    pub(crate) fn add(mut self, name: &str, value: &str) -> Self {
        self.controls.push((name.to_owned(), value.to_owned(), Control::Field));
        self
    }

    /// Takes a field away.
    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.controls.retain(|(field, _, _)| field != name);
        self
    }

    /// The button that the return key presses: the first.
    pub(crate) fn default_button(&self) -> Option<(String, String)> {
        let first = self
            .controls
            .iter()
            .find(|(_, _, control)| *control == Control::Button)?;
        (!first.0.is_empty()).then(|| (first.0.clone(), first.1.clone()))
    }

    /// Whether the form has this button.
    pub(crate) fn has_button(&self, name: &str, value: &str) -> bool {
        self.controls
            .iter()
            .any(|control| (control.0.as_str(), control.1.as_str()) == (name, value) && control.2 == Control::Button)
    }
}

fn control(element: ElementRef<'_>) -> Option<(String, String, Control)> {
    let attribute = |name: &str| element.value().attr(name).map(str::to_owned);
    if attribute("disabled").is_some() {
        return None;
    }
    let (name, value) = (attribute("name").unwrap_or_default(), attribute("value"));
    let kind = attribute("type").unwrap_or_default().to_ascii_lowercase();
    let (value, control) = match (element.value().name(), kind.as_str()) {
        ("button", "button" | "reset") | ("input", "button" | "reset" | "image" | "file") => return None,
        ("button", _) | ("input", "submit") => (value.unwrap_or_default(), Control::Button),
        ("input", "checkbox" | "radio") => (
            value.unwrap_or_else(|| "on".to_owned()),
            Control::Choice(attribute("checked").is_some()),
        ),
        ("select", _) => (selected(element)?, Control::Field),
        ("textarea", _) => (element.text().collect(), Control::Field),
        _ => (value.unwrap_or_default(), Control::Field),
    };
    Some((name, value, control))
}

fn selected(element: ElementRef<'_>) -> Option<String> {
    let first = |selector: &str| element.select(&compiled(selector)).next();
    let option = first("option[selected]").or_else(|| first("option"))?;
    Some(
        option
            .value()
            .attr("value")
            .map_or_else(|| folded(&option.text().collect::<String>()), str::to_owned),
    )
}

fn compiled(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("selector `{selector}`: {error}"))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parameter(encoded: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(encoded.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::Page;
    use reqwest::header::HeaderMap;
    use url::Url;

    fn page(body: &str) -> Page {
        let url = Url::parse("http://localhost:1/interaction/7/login").unwrap();
        Page {
            status: 200,
            url,
            headers: HeaderMap::new(),
            body: body.to_owned(),
            location: None,
        }
    }

    const LOGIN: &str = r#"<body data-page="login"><p data-error="wrong_password"> It is
        wrong. </p><a id="forgotten" href="../8">x</a>
        <form method="POST" action="password"><input type="hidden" name="csrf" value="a&amp;b"><input name="user">
        <input type="checkbox" name="stay"><input type="radio" name="r" value="1" checked><input name="off" disabled>
        <select name="s"><option value="x">X<option selected>Y y</select><textarea name="t">T</textarea>
        <button type="button" name="no">-</button><button name="act" value="go">Go</button><button name="act" value="stop">Stop</button>
        </form></body>"#;

    fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
        fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    #[test]
    fn a_page_tells_its_name_and_error() {
        let page = page(LOGIN);
        assert_eq!(page.page().as_deref(), Some("login"));
        assert_eq!(page.error_class().as_deref(), Some("wrong_password"));
        assert_eq!(page.texts("p"), ["It is wrong."]);
        assert_eq!(page.link("#forgotten").path(), "/interaction/8");
        assert_eq!(page.header("location"), None);
    }

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let form = page(LOGIN).form();
        assert_eq!(
            (form.action.path(), form.method.as_str()),
            ("/interaction/7/password", "post")
        );
        assert_eq!(
            pairs(&form.fields()),
            [("csrf", "a&b"), ("user", ""), ("r", "1"), ("s", "Y y"), ("t", "T")]
        );
        assert_eq!(form.default_button(), Some(("act".to_owned(), "go".to_owned())));
        assert!(form.has_button("act", "stop") && !form.has_button("no", ""));
        let form = form
            .set("user", "alice")
            .choose("stay", "on", true)
            .choose("r", "1", false)
            .without("t")
            .add("u", "v");
        let expected = [
            ("csrf", "a&b"),
            ("user", "alice"),
            ("stay", "on"),
            ("s", "Y y"),
            ("u", "v"),
        ];
        assert_eq!(pairs(&form.fields()), expected);
        assert_eq!(form.value("user").as_deref(), Some("alice"));
    }

    #[test]
    #[should_panic(expected = "no field email")]
    fn a_missing_field_fails_the_test() {
        _ = page(LOGIN).form_at("form").set("email", "a");
    }

    #[test]
    fn a_redirect_that_was_not_followed_is_read() {
        let location = Url::parse("https://app.example/cb?code=a%20b#state=s").ok();
        let page = Page { location, ..page("") };
        assert_eq!(page.query("code").as_deref(), Some("a b"));
        assert_eq!(page.fragment("state").as_deref(), Some("s"));
    }
}
