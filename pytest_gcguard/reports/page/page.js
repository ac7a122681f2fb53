
"use strict";
// Searches and filters the findings; without it the page shows all of them.
(() => {
  const form = document.getElementById("filters");
  const text = document.getElementById("text");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const findings = [...document.querySelectorAll("article")].map((element) => (
    { element, words: element.textContent.toLowerCase(), facets: element.dataset }
  ));

  function apply() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const off = boxes.filter((box) => !box.checked);
    let number = 0;
    for (const { element, words, facets } of findings) {
      const fits = wanted.every((word) => words.includes(word)) && !off.some((box) => facets[box.name] === box.value);
      element.hidden = !fits;
      number += fits;
    }
    shown.value = `${number} of ${findings.length} findings`;
    none.hidden = number > 0 || findings.length === 0;
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === "search";
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      text.focus();
    } else if (event.key === "Escape" && typing) {
      text.value = "";
      apply();
    }
  });
  // a browser without ::details-content prints only what is open
  const closed = () => [...document.querySelectorAll("details:not([open])")];
  let opened = [];
  addEventListener("beforeprint", () => { opened = closed(); opened.forEach((one) => { one.open = true; }); });
  addEventListener("afterprint", () => { opened.forEach((one) => { one.open = false; }); });
  // a link to a finding shows it, whatever the filters say
  addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.hidden) { form.reset(); setTimeout(() => target.scrollIntoView()); }
  });
  form.hidden = findings.length === 0;
  apply();
})();
