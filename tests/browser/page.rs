//! A page in the browser, and the promises that hold for every page.

use std::cell::RefCell;
use std::path::Path;

use serde_json::{Value, json};

use crate::devtools::Chromium;

/// A page that is open. The browser ends with it.
pub(crate) struct Page {
    chromium: RefCell<Chromium>,
}

/// How a page is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub width: u32,
    pub dark: bool,
}

pub(crate) const DESK: Screen = Screen { width: 1400, dark: false };
pub(crate) const PHONE: Screen = Screen { width: 390, dark: true };

impl Page {
    /// Opens a file, and waits until it is drawn.
    pub(crate) fn open(path: &Path, screen: Screen) -> Self {
        let mut chromium = Chromium::start();
        let scheme = if screen.dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        chromium.call("Emulation.setEmulatedMedia", &features);
        let phone = screen.width < 600;
        let size = json!({ "width": screen.width, "height": 1000, "deviceScaleFactor": 1, "mobile": phone });
        chromium.call("Emulation.setDeviceMetricsOverride", &size);
        chromium.call("Page.navigate", &json!({ "url": address(path) }));
        chromium.wait_for("Page.loadEventFired");
        let page = Self { chromium: RefCell::new(chromium) };
        let drawn = page.js("document.documentElement.dataset.drawn");
        assert!(drawn.is_string(), "{}: not drawn: {:#?}", path.display(), page.complaints());
        page
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub(crate) fn js(&self, expression: &str) -> Value {
        let what = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.chromium.borrow_mut().call("Runtime.evaluate", &what);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    #[track_caller]
    pub(crate) fn text(&self, expression: &str) -> String {
        let value = self.js(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    #[track_caller]
    pub(crate) fn number(&self, expression: &str) -> f64 {
        let value = self.js(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// How many elements there are.
    #[track_caller]
    pub(crate) fn count(&self, selector: &str) -> usize {
        let count = self.js(&format!("document.querySelectorAll(`{selector}`).length"));
        count.as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count")
    }

    /// Waits, frame by frame, until this holds.
    #[track_caller]
    pub(crate) fn until(&self, condition: &str) {
        let holds = self.js(&format!(
            "new Promise((done) => {{ let left = 1200; const see = () => {{ if ({condition}) done(true); else if (left-- > 0) requestAnimationFrame(see); else done(false); }}; see(); }})"
        ));
        assert_eq!(holds, true, "{condition}");
    }

    /// Presses the middle of an element with the mouse; the expression gives the element.
    #[track_caller]
    pub(crate) fn press(&self, element: &str) {
        let (x, y) = self.middle(element);
        self.click(x, y);
    }

    /// Moves the mouse to a place of the window, from elsewhere.
    pub(crate) fn hover(&self, x: f64, y: f64) {
        self.mouse("mouseMoved", (x - 40.0, y - 40.0), 0);
        self.mouse("mouseMoved", (x, y), 0);
    }

    pub(crate) fn click(&self, x: f64, y: f64) {
        self.mouse("mouseMoved", (x, y), 0);
        self.mouse("mousePressed", (x, y), 1);
        self.mouse("mouseReleased", (x, y), 0);
    }

    /// Presses the button at one place, and lets it go at another.
    pub(crate) fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        self.mouse("mouseMoved", from, 0);
        self.mouse("mousePressed", from, 1);
        for step in 1..=5 {
            let part = f64::from(step) / 5.0;
            self.mouse("mouseMoved", (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part), 1);
        }
        self.mouse("mouseReleased", to, 0);
    }

    fn mouse(&self, kind: &str, (x, y): (f64, f64), buttons: u32) {
        let button = if kind == "mouseMoved" && buttons == 0 { "none" } else { "left" };
        let event = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1 });
        self.chromium.borrow_mut().call("Input.dispatchMouseEvent", &event);
    }

    #[track_caller]
    pub(crate) fn middle(&self, element: &str) -> (f64, f64) {
        let place = self.js(&format!(
            "(() => {{ const e = {element}; e.scrollIntoView({{ block: 'center' }}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        (place[0].as_f64().expect("x"), place[1].as_f64().expect("y"))
    }

    /// Everything that the page says.
    pub(crate) fn words(&self) -> String {
        self.text("document.body.innerText")
    }

    /// It said all these words.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Self {
        let text = self.words();
        for word in words {
            assert!(text.contains(word), "no {word:?} in:\n{text}");
        }
        self
    }

    /// What holds for every page once it was used: nothing was complained of or asked for, nothing is wider than the window,
    /// and no labels of an axis lie on each other.
    #[track_caller]
    pub(crate) fn fine(&self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{complaints:#?}");
        let (wide, window) = (self.number("document.documentElement.scrollWidth"), self.number("innerWidth"));
        assert!(wide <= window, "{wide} pixels wide in a window of {window}");
        let overlaps = self.js(OVERLAPS);
        assert_eq!(overlaps, Value::Array(Vec::new()), "labels of an axis lie on each other");
        let nothing = self.js(
            "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !name.startsWith('data:'))",
        );
        assert_eq!(nothing, Value::Array(Vec::new()), "it asked for something");
    }

    /// What the console said, and what was asked for beside the page itself.
    fn complaints(&self) -> Vec<String> {
        let chromium = self.chromium.borrow();
        let what = |event: &Value| match event["method"].as_str()? {
            "Network.requestWillBeSent" => {
                let url = event["params"]["request"]["url"].as_str()?;
                let own = event["params"]["type"] == "Document" || url.starts_with("data:");
                (!own).then(|| format!("asked for {url}"))
            }
            "Log.entryAdded" | "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => Some(event.to_string()),
            _ => None,
        };
        chromium.events().iter().filter_map(what).collect()
    }

    /// A chart was drawn: how many traces it has. It has its size on the screen, and ink within.
    #[track_caller]
    pub(crate) fn chart(&self, element: &str) -> usize {
        let chart = self.js(&format!(
            "(() => {{ const e = {element}; const r = e.querySelector('.main-svg').getBoundingClientRect(); return [e.data.length, r.width, r.height, e.querySelectorAll('path').length]; }})()"
        ));
        let of = |at: usize| chart[at].as_f64().expect("a number");
        assert!(of(1) > 200.0 && of(2) > 150.0 && of(3) > 5.0, "{element}: {chart}");
        chart[0].as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count")
    }
}

/// The pairs of level labels of one axis that lie on each other by more than a pixel.
const OVERLAPS: &str = r"
[...document.querySelectorAll('.main-svg .xy, .main-svg g[class*=axislayer-above]')].flatMap((layer) => {
  const axes = new Map();
  for (const tick of layer.querySelectorAll('[class$=tick]')) {
    const name = tick.getAttribute('class');
    const isTurned = /rotate\((?!0)/.test(tick.querySelector('text')?.getAttribute('transform') ?? '');
    if (tick.textContent && !isTurned) axes.set(name, [...(axes.get(name) ?? []), tick]);
  }
  return [...axes.values()].flatMap((ticks) => {
    const boxes = ticks.map((tick) => [tick.textContent, (tick.querySelector('text') ?? tick).getBoundingClientRect()]);
    return boxes.flatMap(([text, a], at) => boxes.slice(at + 1)
      .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
      .map(([other]) => `${text} and ${other}`));
  });
})
";

/// The address of a file, its name spelled as addresses are.
fn address(path: &Path) -> String {
    let byte = |byte: &u8| match byte {
        b'/' | b'.' | b'-' | b'_' => char::from(*byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let path = path.as_os_str().as_encoded_bytes().iter().map(byte).collect::<Vec<_>>().concat();
    format!("file://{path}")
}
