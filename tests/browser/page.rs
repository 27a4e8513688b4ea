//! A page in the browser, and the promises that hold for every page.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headless_chrome::browser::tab::point::Point;
use headless_chrome::protocol::cdp::Input::DispatchMouseEventTypeOption::{MouseMoved, MousePressed, MouseReleased};
use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::protocol::cdp::{Emulation, Input, Network};
use headless_chrome::{Browser, LaunchOptions, Tab};
use serde_json::Value;

/// A page that is open. The browser ends with it.
pub struct Page {
    tab: Arc<Tab>,
    _browser: Browser,
    /// What the console said, and what was asked for beside the page itself.
    complaints: Arc<Mutex<Vec<String>>>,
}

/// How a page is looked at.
#[derive(Clone, Copy)]
pub struct Screen {
    pub width: u32,
    pub dark: bool,
}

pub const DESK: Screen = Screen { width: 1400, dark: false };
pub const PHONE: Screen = Screen { width: 390, dark: true };

impl Page {
    /// Opens a file, and waits until it is drawn.
    pub fn open(path: &Path, screen: Screen) -> Self {
        let flags = [
            "--disable-quic",
            "--disable-component-update",
            "--disable-gpu",
            "--hide-scrollbars",
            // Its own traffic, of which a page knows nothing.
            "--disable-domain-reliability",
        ];
        let options = LaunchOptions::default_builder()
            .path(
                ["/usr/bin/chromium", "/usr/bin/google-chrome"]
                    .into_iter()
                    .map(Into::into)
                    .find(|path: &std::path::PathBuf| path.exists()),
            )
            .sandbox(false)
            .window_size(Some((screen.width, 1000)))
            .args(flags.iter().map(OsStr::new).collect())
            .idle_browser_timeout(Duration::from_mins(3))
            .build()
            .expect("options");
        let browser = Browser::new(options).expect("Chromium starts; ./test.sh installs it");
        let tab = browser.new_tab().expect("a tab");
        tab.set_default_timeout(Duration::from_mins(1));
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&complaints);
        let own = format!("file://{}", path.display());
        let hear = move |event: &Event| {
            let what = match event {
                Event::NetworkRequestWillBeSent(sent) => {
                    let url = &sent.params.request.url;
                    (!url.starts_with("data:") && !url.starts_with("file://")).then(|| format!("asked for {url}"))
                }
                Event::LogEntryAdded(entry) => Some(format!("log: {}", entry.params.entry.text)),
                Event::RuntimeExceptionThrown(thrown) => Some(format!("thrown: {:?}", thrown.params.exception_details)),
                Event::RuntimeConsoleAPICalled(call) => Some(format!("console: {:?}", call.params.args)),
                _ => None,
            };
            heard.lock().expect("no test panics here").extend(what);
        };
        tab.add_event_listener(Arc::new(hear)).expect("a listener");
        tab.enable_log().expect("the log");
        tab.enable_runtime().expect("the console");
        tab.call_method(Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        })
        .expect("the network");
        let feature = |name: &str, value: &str| Emulation::MediaFeature { name: name.into(), value: value.into() };
        let scheme = feature("prefers-color-scheme", if screen.dark { "dark" } else { "light" });
        tab.call_method(Emulation::SetEmulatedMedia { media: None, features: Some(vec![scheme]) }).expect("a scheme");
        tab.call_method(Emulation::SetDeviceMetricsOverride {
            width: screen.width,
            height: 1000,
            device_scale_factor: 1.0,
            mobile: screen.width < 600,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        })
        .expect("a screen");
        tab.navigate_to(&own).expect("an address");
        tab.wait_for_element("html[data-drawn]").unwrap_or_else(|error| {
            panic!("{}: not drawn: {error}: {:?}", path.display(), complaints.lock().expect("ours"))
        });
        Self { tab, _browser: browser, complaints }
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub fn js(&self, expression: &str) -> Value {
        let text = format!("JSON.stringify((() => ({expression}))() ?? null)");
        let object = self.tab.evaluate(&text, true).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let value = object.value.unwrap_or_else(|| panic!("{expression}: {:?}", object.description));
        serde_json::from_str(value.as_str().expect("text")).expect("JSON")
    }

    #[track_caller]
    pub fn text(&self, expression: &str) -> String {
        let value = self.js(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    #[track_caller]
    pub fn number(&self, expression: &str) -> f64 {
        let value = self.js(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    /// How many elements there are.
    #[track_caller]
    pub fn count(&self, selector: &str) -> usize {
        let count = self.js(&format!("document.querySelectorAll(`{selector}`).length"));
        count.as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count")
    }

    /// Waits, frame by frame, until this holds.
    #[track_caller]
    pub fn until(&self, condition: &str) {
        let text = format!(
            "new Promise((done) => {{ let left = 1200; const see = () => {{ if ({condition}) done('yes'); else if (left-- > 0) requestAnimationFrame(see); else done('no'); }}; see(); }})"
        );
        let answer = self.tab.evaluate(&text, true).unwrap_or_else(|error| panic!("{condition}: {error}"));
        assert_eq!(answer.value, Some(Value::from("yes")), "{condition}");
    }

    /// Presses the middle of an element with the mouse; the expression gives the element.
    #[track_caller]
    pub fn press(&self, element: &str) {
        let (x, y) = self.middle(element);
        self.tab.click_point(Point { x, y }).expect("a click");
    }

    /// Moves the mouse to a place of the window.
    pub fn hover(&self, x: f64, y: f64) {
        // From elsewhere, so that it is a move.
        for (x, y) in [(x - 40.0, y - 40.0), (x, y)] {
            self.tab.move_mouse_to_point(Point { x, y }).expect("a move");
        }
    }

    pub fn click(&self, x: f64, y: f64) {
        self.hover(x, y);
        self.tab.click_point(Point { x, y }).expect("a click");
    }

    /// Presses the button at one place, and lets it go at another.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let mouse = |kind, (x, y): (f64, f64), buttons| {
            self.tab
                .call_method(Input::DispatchMouseEvent {
                    Type: kind,
                    x,
                    y,
                    modifiers: None,
                    timestamp: None,
                    button: Some(Input::MouseButton::Left),
                    buttons: Some(buttons),
                    click_count: Some(1),
                    force: None,
                    tangential_pressure: None,
                    tilt_x: None,
                    tilt_y: None,
                    twist: None,
                    delta_x: None,
                    delta_y: None,
                    pointer_Type: None,
                })
                .expect("the mouse");
        };
        mouse(MouseMoved, from, 0);
        mouse(MousePressed, from, 1);
        for step in 1..=5 {
            let part = f64::from(step) / 5.0;
            mouse(MouseMoved, (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part), 1);
        }
        mouse(MouseReleased, to, 0);
    }

    #[track_caller]
    pub fn middle(&self, element: &str) -> (f64, f64) {
        let place = self.js(&format!(
            "(() => {{ const e = {element}; e.scrollIntoView({{ block: 'center' }}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        (place[0].as_f64().expect("x"), place[1].as_f64().expect("y"))
    }

    /// Everything that the page says.
    pub fn words(&self) -> String {
        self.text("document.body.innerText")
    }

    /// It said all these words.
    #[track_caller]
    pub fn says(&self, words: &[&str]) -> &Self {
        let text = self.words();
        for word in words {
            assert!(text.contains(word), "no {word:?} in:\n{text}");
        }
        self
    }

    /// What holds for every page once it was used: nothing was complained of or asked for, and nothing is wider than the
    /// window.
    #[track_caller]
    pub fn fine(&self) {
        let complaints = self.complaints.lock().expect("no test panics here");
        assert!(complaints.is_empty(), "{complaints:#?}");
        let (wide, window) = (self.number("document.documentElement.scrollWidth"), self.number("innerWidth"));
        assert!(wide <= window, "{wide} pixels wide in a window of {window}");
        let nothing = self.js(
            "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !name.startsWith('data:'))",
        );
        assert_eq!(nothing, Value::Array(Vec::new()), "it asked for something");
    }

    /// A chart was drawn: how many traces it has. It has its size on the screen, and ink within.
    #[track_caller]
    pub fn chart(&self, element: &str) -> usize {
        let chart = self.js(&format!(
            "(() => {{ const e = {element}; const r = e.querySelector('.main-svg').getBoundingClientRect(); return [e.data.length, r.width, r.height, e.querySelectorAll('path').length]; }})()"
        ));
        let of = |at: usize| chart[at].as_f64().expect("a number");
        assert!(of(1) > 200.0 && of(2) > 150.0 && of(3) > 5.0, "{element}: {chart}");
        chart[0].as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count")
    }
}
