// Keys for those who have them; every page works without this file. Bound to physical keys, so that a Russian
// layout has them too, and never inside a field.
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  const links = [...document.querySelectorAll("[data-keys=list] tbody a")];
  let at = -1;
  const move = (step) => {
    if (links.length === 0) return;
    at = Math.min(Math.max(at + step, 0), links.length - 1);
    links[at].focus();
  };
  const form = document.querySelector("[data-keys=decide]");
  const press = (code) => {
    const button = form && form.querySelector(`[data-code=${code}]`);
    if (!button) return false;
    const reason = form.querySelector("[name=reason]");
    if (reason.value.trim() === "") {
      reason.focus();
      reason.dataset.then = code;
    } else {
      button.click();
    }
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const reason = event.target.closest("[data-keys=decide] [name=reason]");
    if (reason && event.code === "Enter" && reason.dataset.then) {
      event.preventDefault();
      press(reason.dataset.then);
      return;
    }
    if (typing(event.target)) return;
    if (event.code === "KeyJ") move(1);
    else if (event.code === "KeyK") move(-1);
    else if (event.code === "KeyU" && document.querySelector("a[href='/queue']")) location.assign("/queue");
    else if (event.code === "KeyR" || event.code === "KeyH") { if (press(event.code)) event.preventDefault(); }
  });
  // A plain Enter in the reason field must not choose the first button, which releases.
  if (form) {
    form.querySelector("[name=reason]").addEventListener("keydown", (event) => {
      if (event.code === "Enter" && !event.target.dataset.then) event.preventDefault();
    });
  }
})();
