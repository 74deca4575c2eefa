// What the order's page can do beyond its links and forms: answers put in place, ties opened in place, and a word when
// somebody else has changed the order. Without this file every link and form leads to a page that does the same.
(() => {
  const say = document.querySelector("[data-say]");

  // A part of a page from the server, or null where there is none: then the link or form leads to its page.
  const part = async (address) => {
    const wanted = new URL(address, location.href);
    wanted.searchParams.set("part", "1");
    const answer = await fetch(wanted, { headers: { accept: "text/html" } }).catch(() => null);
    return answer && answer.ok && !answer.redirected ? answer.text() : null;
  };

  for (const form of document.querySelectorAll("form[data-part]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const place = document.getElementById(form.dataset.part);
      place.setAttribute("aria-busy", "true");
      const told = await part(`${form.action}?${new URLSearchParams(new FormData(form))}`);
      place.removeAttribute("aria-busy");
      if (told === null) form.submit();
      else place.innerHTML = told;
    });
  }

  for (const place of document.querySelectorAll("[data-ties]")) {
    place.addEventListener("click", async (event) => {
      const link = event.target.closest("[data-open]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const address = link.getAttribute("href");
      const told = await part(address);
      if (told === null) {
        location.assign(address);
        return;
      }
      place.innerHTML = told;
      say.textContent = place.querySelector("[data-said]").textContent;
      const again = place.querySelector(`[data-open="${CSS.escape(link.dataset.open)}"]`);
      if (again) again.focus();
    });
  }

  // What was just done may be taken back for a time; then the button goes.
  for (const form of document.querySelectorAll("[data-undo]")) {
    const until = Date.now() + Number(form.dataset.undo) * 1000;
    const left = form.querySelector("[data-left]");
    const tick = () => {
      const seconds = Math.max(Math.ceil((until - Date.now()) / 1000), 0);
      left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds <= 0) form.remove();
      else setTimeout(tick, 1000);
    };
    tick();
  }

  // Words that were typed and not sent stay in this tab; cleared, they can be brought back for a time.
  const note = document.querySelector("[data-draft]");
  const field = document.querySelector("[data-decide] [name=reason]");
  if (note && field) {
    const key = `draft:${field.form.elements.csrf_token.value.slice(0, 12)}:${location.pathname}`; // of this sign-in
    const [said, button] = note.children;
    const offer = (text, label, act) => {
      said.textContent = text;
      button.textContent = label;
      button.onclick = act;
      note.hidden = false;
    };
    const keep = (words) => {
      field.value = words;
      sessionStorage.setItem(key, words);
      offer(note.dataset.kept, note.dataset.clear, clear);
    };
    const clear = () => {
      const words = field.value;
      field.value = "";
      sessionStorage.removeItem(key);
      offer(note.dataset.cleared, note.dataset.back, () => keep(words));
      setTimeout(() => (note.hidden = field.value === "" || note.hidden), 60000);
    };
    const kept = sessionStorage.getItem(key);
    if (kept && field.value === "") keep(kept);
    field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
    field.form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }

  // Whether the order is still as it was when the page came. Asked while somebody looks at the page, and no more often
  // than every 15 seconds; the question does not keep a session alive that nobody uses.
  const bar = document.querySelector("[data-now]");
  if (!bar) return;
  const every = 15000;
  let timer = 0;
  let over = false;
  // Only the newest question is listened to: an answer asked for before the connection went would take the word back.
  let newest = 0;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(look, every);
  };
  const show = (html, text) => {
    if (html) bar.innerHTML = html;
    else bar.textContent = text;
    bar.hidden = !(html || text);
  };
  const look = async () => {
    clearTimeout(timer);
    if (over || document.hidden) return;
    const asked = ++newest;
    const headers = { "if-none-match": bar.dataset.tag };
    const answer = await fetch(bar.dataset.now, { headers, cache: "no-store", redirect: "manual" }).catch(() => null);
    if (asked !== newest) return;
    if (!answer) show("", bar.dataset.offline);
    else if (answer.status === 304) show("", "");
    else if (answer.ok) {
      over = true;
      show(await answer.text(), "");
    } else if (answer.type === "opaqueredirect" || answer.status === 401) {
      over = true;
      show("", bar.dataset.ended);
    }
    again();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  addEventListener("online", look);
  addEventListener("offline", () => {
    newest++;
    if (!over) show("", bar.dataset.offline);
    again();
  });
  again();
})();
