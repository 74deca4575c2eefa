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

  // Whether the order is still as it was when the page came. Asked while somebody looks at the page, and no more often
  // than every 15 seconds; the question does not keep a session alive that nobody uses.
  const bar = document.querySelector("[data-now]");
  if (!bar) return;
  const every = 15000;
  let timer = 0;
  let over = false;
  const show = (html, text) => {
    if (html) bar.innerHTML = html;
    else bar.textContent = text;
    bar.hidden = !(html || text);
  };
  const look = async () => {
    clearTimeout(timer);
    if (over || document.hidden) return;
    const headers = { "if-none-match": bar.dataset.tag };
    const answer = await fetch(bar.dataset.now, { headers, cache: "no-store", redirect: "manual" }).catch(() => null);
    if (!answer) show("", bar.dataset.offline);
    else if (answer.status === 304) show("", "");
    else if (answer.ok) {
      over = true;
      show(await answer.text(), "");
    } else if (answer.type === "opaqueredirect" || answer.status === 401) {
      over = true;
      show("", bar.dataset.ended);
    }
    timer = setTimeout(look, every);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  addEventListener("online", look);
  addEventListener("offline", () => show("", bar.dataset.offline));
  timer = setTimeout(look, every);
})();
