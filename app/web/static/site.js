// What makes the pages pleasanter; all of them work without it. A form or link inside [data-swap] fetches the same page and replaces
// the regions that are marked with data-region, keeping the address, the focus and the caret.
"use strict";

(() => {
  const live = document.getElementById("live");
  let running = null;
  let composing = false;
  let waiting = 0;

  function busy(on) {
    for (const region of document.querySelectorAll("[data-region]")) region.setAttribute("aria-busy", on ? "true" : "false");
  }

  function remembered() {
    const field = document.activeElement;
    if (!field || !field.id) return () => {};
    const [start, end] = "selectionStart" in field ? [field.selectionStart, field.selectionEnd] : [null, null];
    return () => {
      const now = document.getElementById(field.id);
      if (!now || now === document.activeElement) return;
      now.focus({ preventScroll: true });
      if (start !== null && now.setSelectionRange) now.setSelectionRange(start, end);
    };
  }

  async function swap(address, push) {
    if (running) running.abort();
    const mine = (running = new AbortController());
    busy(true);
    try {
      const answer = await fetch(address, { signal: mine.signal, headers: { accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const regions = [...document.querySelectorAll("[data-region]")];
      if (!regions.length || regions.some((one) => !fresh.getElementById(one.id))) return void location.assign(address);
      const refocus = remembered();
      for (const one of regions) one.replaceWith(fresh.getElementById(one.id));
      for (const field of document.querySelectorAll("[data-swap] [aria-invalid]")) {
        field.setAttribute("aria-invalid", fresh.getElementById(field.id)?.getAttribute("aria-invalid") ?? "false");
      }
      document.title = fresh.title;
      for (const id of ["switch"]) {
        const link = document.getElementById(id);
        if (link && fresh.getElementById(id)) link.href = fresh.getElementById(id).href;
      }
      if (push) {
        if (!history.state) history.replaceState({ swapped: true }, "");
        history.pushState({ swapped: true }, "", answer.url);
      }
      refocus();
      const told = document.querySelector("[data-told]");
      if (live && told) live.textContent = told.textContent.trim();
    } catch (fault) {
      if (fault.name !== "AbortError") location.assign(address);
    } finally {
      if (running === mine) busy(false);
    }
  }

  function addressOf(form) {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value.trim() !== "") query.append(name, value);
    const told = query.toString();
    return form.getAttribute("action") + (told ? "?" + told : "");
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "get" && form.closest("[data-swap]")) {
      event.preventDefault();
      clearTimeout(waiting);
      swap(addressOf(form), true);
    } else if (form.method === "post") {
      // A second click would send the same thing twice; the buttons come back with the page, or when it is shown again.
      setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; }, 0);
    }
  });
  addEventListener("pageshow", () => { for (const button of document.querySelectorAll("form button:disabled")) button.disabled = false; });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-swap] a[href]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.pathname !== location.pathname) return;
    event.preventDefault();
    swap(link.href, true);
  });

  function later(form, delay) {
    clearTimeout(waiting);
    waiting = setTimeout(() => swap(addressOf(form), true), delay);
  }
  document.addEventListener("compositionstart", () => { composing = true; });
  document.addEventListener("compositionend", (event) => {
    composing = false;
    if (event.target.form?.matches("[data-live]")) later(event.target.form, 250);
  });
  document.addEventListener("input", (event) => {
    if (!composing && !event.isComposing && event.target.type === "search" && event.target.form?.matches("[data-live]")) later(event.target.form, 300);
  });
  document.addEventListener("change", (event) => {
    if (event.target.type !== "search" && event.target.form?.matches("[data-live]")) later(event.target.form, 0);
  });

  // Going to a place within the page is told here as well; only where something was replaced is there anything to bring back.
  addEventListener("popstate", (event) => { if (event.state?.swapped) swap(location.href, false); });
  const alarm = document.getElementById("problems");
  if (alarm) alarm.focus();

  // Whoever leaves a form with changes is asked; forms say with data-guard that they want this.
  let changed = false;
  document.addEventListener("input", (event) => { if (event.target.closest("[data-guard]")) changed = true; });
  document.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();
