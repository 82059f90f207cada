//! The page of a benchmark in a real browser without a window: it asks nothing of anybody, complains of nothing, fits a phone, can be
//! read in the dark, and takes nothing that a server says for markup. Rows HO-14 and HO-12: the figures reach whoever looks at them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod browser;
#[path = "support/recordings.rs"]
mod recordings;
mod support;

use std::path::{Path, PathBuf};

use browser::Browser;
use recordings::Made;
use serde_json::Value;
use support::seaglass;

/// A page of a made-up run, as the program makes it.
fn page(folder: &Path, name: &str, made: &Made) -> PathBuf {
    let (trace, page) = (folder.join(format!("{name}.trace")), folder.join(format!("{name}.html")));
    made.recording().write(std::fs::File::create(&trace).unwrap()).unwrap();
    let done =
        seaglass().args(["bench", "report"]).arg(&trace).args(["-o", &format!("html:{}", page.display())]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    page
}

/// What chromium complained of, in its console and its log.
fn complaints(browser: &Browser) -> Vec<String> {
    let said = browser.events.iter().filter(|event| {
        let method = event["method"].as_str().unwrap_or_default();
        matches!(
            method,
            "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded" | "Page.javascriptDialogOpening"
        )
    });
    said.map(Value::to_string).collect()
}

/// Marks that lie outside of their drawing, and drawings without any.
const STRAYS: &str = r"
(() => {
  const strays = [];
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const marks = svg.querySelectorAll('path, rect, line, circle, text');
    const inBar = svg.closest('td.bar');
    if (!marks.length && !inBar) strays.push('empty: ' + svg.outerHTML.slice(0, 200));
    for (const mark of marks) {
      const box = mark.getBoundingClientRect();
      if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) {
        strays.push(mark.outerHTML.slice(0, 200) + ` at ${box.left},${box.top} to ${box.right},${box.bottom} in ` +
          `${frame.left},${frame.top} to ${frame.right},${frame.bottom}`);
      }
    }
  }
  return strays;
})()";

/// Tables of which a part is out of sight: those that everybody reads, on every screen, and every other table on a wide one.
const CUT: &str = r"
(() => {
  const tables = [...document.querySelectorAll(innerWidth < 760 ? 'table.judged, table.figures' : 'section table')];
  const cut = tables.filter((table) => { const room = table.parentElement; return room.scrollWidth > room.clientWidth + 1; });
  return cut.map((table) => `${table.parentElement.getAttribute('aria-label')}: ${table.parentElement.scrollWidth} in ${table.parentElement.clientWidth}`);
})()";

/// Texts that stand out too little from what is behind them (WCAG 2.2, 1.4.3: 4.5 to 1).
const FAINT: &str = r"
(() => {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour).length === 3 || parts(colour)[3] === 1) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint = [];
  for (const element of document.querySelectorAll('h1, h2, h3, p, th, td, dt, dd, li, b, strong, summary, .badge, .mark, svg.plot text')) {
    if (!element.textContent.trim()) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(element.closest('svg') ? style.fill : style.color), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ': ' + element.outerHTML.slice(0, 120));
  }
  return faint;
})()";

/// What is there for who does not see the charts, and for who does not use a pointer.
const UNNAMED: &str = r"
(() => {
  const unnamed = [];
  for (const svg of document.querySelectorAll('svg.plot')) {
    const words = (svg.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id)?.textContent || '');
    if (svg.getAttribute('role') !== 'img' || words.length !== 2 || words.some((word) => !word)) unnamed.push(svg.outerHTML.slice(0, 200));
  }
  for (const svg of document.querySelectorAll('svg:not(.plot)')) {
    if (!svg.closest('.plot') && !svg.hasAttribute('aria-hidden')) unnamed.push(svg.outerHTML.slice(0, 200));
  }
  for (const scroll of document.querySelectorAll('.scroll')) {
    if (scroll.tabIndex !== 0 || !scroll.getAttribute('aria-label')) unnamed.push(scroll.outerHTML.slice(0, 200));
  }
  for (const table of document.querySelectorAll('table')) {
    if (![...table.querySelectorAll('th')].every((th) => th.scope)) unnamed.push(table.outerHTML.slice(0, 200));
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  if (new Set(ids).size !== ids.length) unnamed.push('an id is there twice: ' + ids);
  return unnamed;
})()";

const OVERFLOW: &str = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

const BACKGROUND: &str = "getComputedStyle(document.body).backgroundColor";

async fn nothing(browser: &mut Browser, what: &str, expression: &str) {
    let found = browser.value(expression).await;
    let found = found.as_array().expect("a list");
    assert!(found.is_empty(), "{what}:\n{}", found.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn the_page_stands_by_itself_on_every_screen() {
    let folder = tempfile::tempdir().unwrap();
    let usual = page(folder.path(), "usual", &Made::default());
    let headless = page(folder.path(), "headless", &Made { decoded: false, sessions: 60, traced: 1, ..Made::default() });
    let short = page(folder.path(), "short", &Made { sessions: 1, traced: 0, seconds: 11, ..Made::default() });
    let mut browser = Browser::start().await;
    for page in [&usual, &headless, &short] {
        let mut backgrounds = Vec::new();
        for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
            let what = format!("{} at {width} px, dark: {dark}", page.display());
            browser.screen(width, dark).await;
            browser.open(page).await;
            assert_eq!(
                browser.value("document.documentElement.dataset.live").await,
                "yes",
                "{what}: the script did not run"
            );
            // With what is folded away as well.
            browser.value("document.querySelectorAll('details').forEach((details) => { details.open = true; })").await;
            let wider = browser.value(OVERFLOW).await;
            assert!(wider.as_i64() <= Some(0), "{what}: the page is {wider} px wider than the screen");
            nothing(&mut browser, &format!("{what}: marks outside of their drawing"), STRAYS).await;
            nothing(&mut browser, &format!("{what}: tables that are cut"), CUT).await;
            nothing(&mut browser, &format!("{what}: too little contrast"), FAINT).await;
            nothing(&mut browser, &format!("{what}: nameless"), UNNAMED).await;
            backgrounds.push(browser.value(BACKGROUND).await);
            assert_eq!(complaints(&browser), [""; 0], "{what}");
            let asked = browser.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
            let asked: Vec<&str> = asked.filter_map(|event| event["params"]["request"]["url"].as_str()).collect();
            let own = format!("file://{}", page.display());
            assert!(asked.iter().all(|url| *url == own || url.starts_with("data:")), "{what} asked for {asked:?}");
        }
        assert_ne!(backgrounds[0], backgrounds[1], "dark mode changes nothing");
    }
}

#[tokio::test]
async fn the_page_can_be_read_without_its_script_and_says_more_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path(), "page", &Made::default());
    let mut browser = Browser::start().await;
    browser.screen(1280, false).await;
    browser.open(&page).await;
    let point = "(() => { const group = document.querySelector('[aria-labelledby=course]'); \
         const column = group.querySelectorAll('.lane')[1].querySelectorAll('.hover rect')[31]; \
         column.dispatchEvent(new PointerEvent('pointermove', { bubbles: true })); \
         const said = group.querySelector('.read').textContent; \
         group.dispatchEvent(new PointerEvent('pointerleave')); \
         return [said, group.querySelector('.read').textContent]; })()";
    let said = browser.value(point).await;
    assert!(said[0].as_str().is_some_and(|said| said.starts_with("31 s") || said.contains("31 s Frames")), "{said}");
    assert_eq!(said[1], "Each point is 1 s");
    let with = browser.value("document.body.innerText").await;
    browser.call("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true })).await;
    browser.open(&page).await;
    let without = browser.value("document.body.innerText").await;
    assert_eq!(with, without);
    for word in
        ["First frame", "Objectives", "Where the time goes", "The course of the run", "Sound and picture", "Sessions"]
    {
        assert!(without.as_str().is_some_and(|text| text.contains(word)), "{word}");
    }
    let paper = browser.call("Page.printToPDF", serde_json::json!({})).await;
    assert!(paper["data"].as_str().is_some_and(|data| data.starts_with("JVBER")), "it prints");
}

#[tokio::test]
async fn what_a_server_says_is_text_in_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "</title></style></script><script>document.title='owned'</script><img src=https://evil.example/x onerror=alert(1)>\" x='";
    let page = page(folder.path(), "hostile", &Made { name: hostile.into(), ..Made::default() });
    let mut browser = Browser::start().await;
    browser.screen(360, false).await;
    browser.open(&page).await;
    assert_eq!(browser.value("document.querySelector('h1').textContent").await, hostile);
    assert_eq!(
        browser.value("[document.scripts.length, document.images.length, document.styleSheets.length]").await,
        serde_json::json!([1, 0, 1])
    );
    assert_ne!(browser.value("document.title").await, "owned");
    assert!(browser.value(OVERFLOW).await.as_i64() <= Some(0), "a long name makes the page wider than a phone");
    assert_eq!(complaints(&browser), [""; 0]);
    // The rule holds even where escaping would not: nothing that is put in later runs, and nothing is fetched.
    let inserted = "(async () => { const refused = []; \
         const both = new Promise((done) => document.addEventListener('securitypolicyviolation', (event) => { \
           refused.push(event.violatedDirective); if (refused.length === 2) done(); })); \
         const image = new Image(); image.src = 'https://evil.example/x'; document.body.append(image); \
         const script = document.createElement('script'); script.textContent = 'document.title = \"owned\"'; document.body.append(script); \
         await both; return [document.title === 'owned', refused.sort()]; })()";
    let (owned, refused) = {
        let mut value = browser.value(inserted).await;
        (value[0].take(), value[1].take())
    };
    assert_eq!((owned, refused), (false.into(), serde_json::json!(["img-src", "script-src-elem"])));
}
