/* Jietong's page script: live news, relative times, drafts, keys, toasts. No framework, no eval, nothing inline.

   body[data-live=URL]              one event stream a page; each named event becomes "live:<name>" on body
   [hx-trigger*="live:NAME"], body[data-live-names="a b"]   which names this page listens to
   [data-live-state]                chip; wording in data-live, data-retry, data-offline
   time[data-relative]              3 分钟前, renewed every 15 s
   [data-elapsed=ISO]               stop-watch;  [data-countdown=ISO][data-countdown-total=SECONDS]  lease ring
   [data-draft=KEY]                 text kept over reloads;  [data-draft-state=KEY][data-text="草稿 {time} 已存"]
   [data-key="a" | "g t" | "mod+enter"]   shortcut: alone when not typing, with Alt while typing
   [data-theme-toggle] [data-type-toggle] [data-keys-toggle] [data-dialog="#id"] [data-close]
   [data-scroll-end]                scrolls to its end when something is added and the reader was there
   form[data-many]                  may be sent more than once;  form[data-clear-drafts]  forgets drafts (sign out) */
(() => {
  "use strict";
  const root = document.documentElement, body = document.body;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const keep = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* full or closed: the page works without */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
    keys() { try { return Object.keys(localStorage); } catch { return []; } },
  };

  /* ---- htmx: the CSRF token goes with every write ---- */
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content
    || document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";
  body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });

  /* ---- toasts ---- */
  function toast(text, tone = "") {
    const region = document.getElementById("toasts");
    if (!region || !text) return;
    if (text === body.dataset.textOffline) backOnline(); /* one is enough */
    const note = document.createElement("div");
    note.className = `toast${tone ? ` toast-${tone}` : ""}`;
    note.textContent = text;
    region.append(note);
    setTimeout(() => note.remove(), tone === "bad" ? 12000 : 6000);
  }
  function backOnline() { for (const note of all("#toasts .toast")) if (note.textContent === body.dataset.textOffline) note.remove(); }
  addEventListener("online", backOnline);
  body.addEventListener("htmx:beforeOnLoad", backOnline); /* something answered */
  body.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone));
  body.addEventListener("htmx:sendError", () => toast(body.dataset.textOffline, "bad"));
  body.addEventListener("htmx:timeout", () => toast(body.dataset.textOffline, "bad"));
  body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 422) toast(body.dataset.textFailed, "bad");
  });

  /* ---- live: one stream; the event is the news, the page asks again with its own rights ---- */
  const live = { url: body.dataset.live, source: null, last: body.dataset.liveSince || "", names: new Set(), wait: 2000, timer: 0, broken: false };
  function showLive(state) {
    for (const chip of all("[data-live-state]")) {
      chip.hidden = false;
      chip.dataset.state = state;
      chip.textContent = chip.dataset[state] || state;
    }
  }
  const news = (name, detail) => body.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));
  function refreshAll() { for (const name of live.names) news(name, { resync: true }); }
  function heard(name, event) {
    if (event.lastEventId) live.last = event.lastEventId;
    let detail = event.data;
    try { detail = JSON.parse(event.data); } catch { /* plain text is fine too */ }
    if (name === "resync") refreshAll(); else news(name, detail);
  }
  function listen(name) {
    if (live.names.has(name)) return;
    live.names.add(name);
    live.source?.addEventListener(name, (event) => heard(name, event));
  }
  function collectNames() {
    for (const name of (body.dataset.liveNames || "").split(/\s+/)) if (name) listen(name);
    for (const element of all('[hx-trigger*="live:"], [data-hx-trigger*="live:"]')) {
      const triggers = element.getAttribute("hx-trigger") || element.getAttribute("data-hx-trigger");
      for (const [, name] of triggers.matchAll(/live:([\w.-]+)/g)) listen(name);
    }
  }
  function connect() {
    clearTimeout(live.timer);
    if (!live.url || !window.EventSource) return;
    const address = new URL(live.url, location.href);
    if (live.last) address.searchParams.set("last_event_id", live.last);
    const source = live.source = new EventSource(address);
    for (const name of live.names) source.addEventListener(name, (event) => heard(name, event));
    source.addEventListener("resync", (event) => heard("resync", event));
    source.onopen = () => { showLive("live"); backOnline(); live.wait = 2000; if (live.broken) refreshAll(); live.broken = false; };
    source.onerror = () => {
      showLive(navigator.onLine ? "retry" : "offline");
      if (source.readyState !== EventSource.CLOSED) return; /* the browser reconnects by itself, with Last-Event-ID */
      live.broken = true;
      live.timer = setTimeout(connect, live.wait);
      live.wait = Math.min(30000, live.wait * 2);
    };
  }
  function disconnect() { live.source?.close(); live.source = null; clearTimeout(live.timer); }
  collectNames();
  connect();
  addEventListener("offline", () => showLive("offline"));
  addEventListener("online", () => { if (live.url) { disconnect(); live.broken = true; connect(); } });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => { if (event.persisted) { release(document); live.broken = true; connect(); } });

  /* ---- times ---- */
  const lang = root.lang || "zh-CN";
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" });
  function sayRelative() {
    for (const time of all("time[data-relative]")) {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000, size = Math.abs(seconds);
      if (size < 60) time.textContent = relative.format(0, "minute");
      else if (size < 3600) time.textContent = relative.format(Math.trunc(seconds / 60), "minute");
      else if (size < 86400) time.textContent = relative.format(Math.trunc(seconds / 3600), "hour");
    }
  }
  const two = (number) => String(number).padStart(2, "0");
  function stopwatch(seconds) {
    const s = Math.max(0, Math.floor(seconds)), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  }
  /* walls and drafts show the lender's clock, wherever the browser is */
  const wallClock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: body.dataset.zone || undefined });
  const wall = (length) => wallClock.format(new Date()).slice(0, length);
  function tick() {
    for (const el of all("[data-elapsed]")) el.textContent = stopwatch((Date.now() - Date.parse(el.dataset.elapsed)) / 1000);
    for (const ring of all("[data-countdown]")) {
      const left = Math.max(0, (Date.parse(ring.dataset.countdown) - Date.now()) / 1000);
      const total = Number(ring.dataset.countdownTotal) || 1;
      const number = ring.querySelector("b");
      if (number) number.textContent = Math.ceil(left);
      ring.querySelector(".ring-v")?.setAttribute("stroke-dashoffset", String(100 - Math.min(100, (100 * left) / total)));
      if (left === 0 && !ring.dataset.over) { ring.dataset.over = "1"; ring.dispatchEvent(new CustomEvent("lease-over", { bubbles: true })); }
    }
    for (const el of all("[data-clock]")) el.textContent = wall(5);
  }
  sayRelative();
  setInterval(sayRelative, 15000);
  if (!root.dataset.still) { tick(); setInterval(tick, 1000); }

  /* ---- drafts ---- */
  const draftKey = (el) => `jt-draft:${el.dataset.draft}`;
  function restoreDrafts() {
    for (const el of all("[data-draft]")) {
      const kept = keep.get(draftKey(el)), sent = keep.get(`${draftKey(el)}:sent`);
      keep.drop(`${draftKey(el)}:sent`);
      if (sent && !el.value && kept === sent) keep.drop(draftKey(el)); /* it was sent, and the page came back empty */
      else if (kept && !el.value && !el.dataset.restored) el.value = kept;
      el.dataset.restored = "1";
    }
  }
  document.addEventListener("input", (event) => {
    const el = event.target.closest?.("[data-draft]");
    if (!el) return;
    if (el.value) keep.set(draftKey(el), el.value); else keep.drop(draftKey(el));
    const clock = wall(8);
    for (const state of all(`[data-draft-state="${CSS.escape(el.dataset.draft)}"]`)) state.textContent = (state.dataset.text || "{time}").replace("{time}", clock);
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form");
    if (!form) return;
    release(form);
    if (!event.detail.successful || event.detail.requestConfig?.verb === "get") return;
    for (const el of all("[data-draft]", form)) { keep.drop(draftKey(el)); if (!("keepText" in el.dataset)) el.value = ""; }
  });
  restoreDrafts();

  /* ---- forms are sent once ---- */
  function release(from) { for (const button of all("[data-sent-once]", from)) { button.disabled = false; button.removeAttribute("aria-busy"); delete button.dataset.sentOnce; } }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented && !form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
    if ("clearDrafts" in form.dataset) for (const key of keep.keys()) if (key.startsWith("jt-draft:")) keep.drop(key);
    if (!form.matches("[hx-post]")) for (const el of all("[data-draft]", form)) keep.set(`${draftKey(el)}:sent`, el.value);
    if ("many" in form.dataset || form.method === "get" || form.method === "dialog") return;
    setTimeout(() => { /* after the browser has read which button was pressed */
      for (const button of all('button:not([type="button"]):not(:disabled)', form)) { button.disabled = true; button.dataset.sentOnce = "1"; button.setAttribute("aria-busy", "true"); }
    });
  });

  /* ---- toggles and dialogs ---- */
  function pressed() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    for (const el of all("[data-theme-toggle]")) el.setAttribute("aria-pressed", String(dark));
    for (const el of all("[data-type-toggle]")) el.setAttribute("aria-pressed", String(root.dataset.type === "big"));
    for (const el of all("[data-keys-toggle]")) el.setAttribute("aria-pressed", String(keep.get("jt-keys") !== "off"));
    return dark;
  }
  const choose = (name, value) => { root.dataset[name] = value; keep.set(`jt-${name}`, value); pressed(); };
  document.addEventListener("click", (event) => {
    const el = event.target.closest?.("[data-theme-toggle], [data-type-toggle], [data-keys-toggle], [data-dialog], [data-close], [data-print]");
    if (!el) return;
    if ("themeToggle" in el.dataset) choose("theme", pressed() ? "light" : "dark");
    else if ("typeToggle" in el.dataset) choose("type", root.dataset.type === "big" ? "normal" : "big");
    else if ("keysToggle" in el.dataset) { keep.set("jt-keys", keep.get("jt-keys") === "off" ? "on" : "off"); pressed(); }
    else if ("print" in el.dataset) window.print();
    else if ("close" in el.dataset) el.closest("dialog")?.close();
    else document.querySelector(el.dataset.dialog)?.showModal?.();
  });
  pressed();

  /* ---- keys: they may be switched off; alone they act only when nobody is typing ---- */
  let before = "", beforeAt = 0;
  function act(wanted) {
    const scope = document.querySelector("dialog[open]") || document;
    const el = all("[data-key]", scope).find((one) => one.dataset.key === wanted && !one.disabled && one.getClientRects().length);
    if (!el) return false;
    if (el.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) el.focus(); else el.click();
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat || keep.get("jt-keys") === "off") return; /* the input method is at work */
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const mod = event.ctrlKey || event.metaKey;
    let key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.altKey && /^Key[A-Z]$/.test(event.code)) key = event.code.slice(3).toLowerCase(); /* macOS types a symbol */
    if (mod) {
      if (key === "Enter" && act("mod+enter")) event.preventDefault();
      else if (key === "k" && act("mod+k")) event.preventDefault();
      return;
    }
    if (key === "Escape" && typing) { typing.blur(); return; }
    if ((typing && !event.altKey) || key.length !== 1) return;
    const pair = event.timeStamp - beforeAt < 900 ? `${before} ${key}` : "";
    before = key; beforeAt = event.timeStamp;
    if ((pair && act(pair)) || act(key)) event.preventDefault();
  });

  /* ---- a conversation stays at its end while the reader is there ---- */
  const atEnd = (el) => Math.abs(el.scrollTop) < 48 && getComputedStyle(el).flexDirection === "column-reverse"
    || el.scrollHeight - el.scrollTop - el.clientHeight < 48;
  const scrollEnd = (el) => { el.scrollTop = getComputedStyle(el).flexDirection === "column-reverse" ? 0 : el.scrollHeight; };
  all("[data-scroll-end]").forEach(scrollEnd);
  body.addEventListener("htmx:beforeSwap", () => all("[data-scroll-end]").forEach((el) => { el.dataset.wasEnd = atEnd(el) ? "1" : ""; }));

  body.addEventListener("htmx:afterSettle", () => {
    collectNames(); sayRelative(); restoreDrafts(); pressed();
    all("[data-scroll-end]").forEach((el) => { if (el.dataset.wasEnd !== "") scrollEnd(el); });
  });
  window.jietong = { toast };
})();
