// Keys for those who have them; every page works without this file. Bound to physical keys, so that a Russian
// layout has them too, never inside a field, and switched off at the foot of the page.
(() => {
  document.documentElement.classList.add("has-script");
  // A page that tells how far some work has come looks again by itself, and is loaded anew when the work is done.
  const look = async () => {
    const answer = await fetch(location.href).catch(() => null);
    const next = answer && answer.ok
      ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]") : null;
    if (next && !next.matches("[data-again]")) location.reload();
    else {
      if (next) document.querySelector("[data-progress]").replaceWith(next);
      setTimeout(look, 1000);
    }
  };
  if (document.querySelector("[data-again]")) setTimeout(look, 500);
  // Commands: an order by its number, and the page's keys. A chord, so it works inside fields and with keys off.
  const palette = document.querySelector("[data-palette]");
  if (palette) {
    const opener = document.querySelector("[data-palette-open]");
    const toggle = () => {
      if (palette.open) palette.close();
      else palette.showModal();
    };
    opener.hidden = false;
    opener.addEventListener("click", toggle);
    palette.querySelector("[data-palette-close]").addEventListener("click", toggle);
    document.addEventListener("keydown", (event) => {
      if (event.code !== "KeyK" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      toggle();
    });
  }
  if (document.documentElement.dataset.keys === "off") return;
  const links = [...document.querySelectorAll("[data-list] tbody .reference a")];
  const list = document.querySelector("[data-preview]");
  const pane = document.querySelector("[data-pane]");
  const form = document.querySelector("[data-decide]");
  const back = document.querySelector("[data-back]");
  const view = document.querySelector("[data-view]"); // one's own view is asked before any decision
  const told = document.querySelector("[data-pending-shown]");
  const fields = form ? [form.elements.ground, form.elements.reason] : [];
  let at = -1;
  let chosen = null;

  const move = (step) => {
    if (links.length === 0) return;
    const focused = links.indexOf(document.activeElement);
    at = Math.min(Math.max((focused >= 0 ? focused : at) + step, 0), links.length - 1);
    links[at].focus();
  };
  // The row in focus is shown beside the list: the server's own page, put in place. Of quick steps the last one counts.
  let wait = 0;
  const show = (link) => {
    clearTimeout(wait);
    wait = setTimeout(async () => {
      const answer = await fetch(list.dataset.preview + link.dataset.order).catch(() => null);
      if (!answer || !answer.ok || document.activeElement !== link) return;
      pane.innerHTML = await answer.text();
      for (const row of list.querySelectorAll(".shown")) row.classList.remove("shown");
      link.closest("tr").classList.add("shown");
    }, 120);
  };
  if (list && pane) for (const link of links) link.addEventListener("focus", () => show(link));
  const choose = (button) => {
    chosen = button;
    told.textContent = button ? button.dataset.pending : "";
  };
  const reasoned = () => fields.some((field) => field.value.trim() !== "");
  const press = (button) => {
    if (button.form === view || button.value === "take" || reasoned()) {
      button.click();
    } else {
      choose(button);
      fields[0].focus();
    }
  };
  const inForm = (event) => {
    if (event.code === "Escape") {
      choose(null);
      event.target.blur();
    } else if (event.code === "Enter" || event.code === "NumpadEnter") {
      event.preventDefault();
      if (chosen && reasoned()) chosen.click();
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (fields.includes(event.target)) {
      inForm(event);
      return;
    }
    if (event.target.closest("input, textarea, select, [contenteditable], dialog") || event.repeat) return;
    const asked = view && view.querySelector(`[data-code=${CSS.escape(event.code)}]`);
    const button = asked || (form && form.querySelector(`[data-code=${CSS.escape(event.code)}]`));
    if (event.code === "KeyJ") move(1);
    else if (event.code === "KeyK") move(-1);
    else if (event.code === "KeyU" && back) location.assign(back.dataset.back);
    else if (button) {
      event.preventDefault();
      press(button);
    }
  });
})();
