/* The upload form: says that a file is too large before it is sent, and that a click was heard.
   The server checks the size again; without JavaScript it is the only one. */
(() => {
  const form = document.querySelector("form[data-upload]");
  const field = form.querySelector("input[type=file]");
  const problem = document.getElementById("file-problem");
  const sentence = problem.querySelector("span");
  const button = form.querySelector("button[data-busy]");
  const limit = Number(form.dataset.upload) * 1e6;

  const complain = (text) => {
    sentence.textContent = text;
    problem.hidden = !text;
    field.toggleAttribute("aria-invalid", false);
    if (text) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", "file-error");
    }
  };
  const check = () => {
    const [file] = field.files;
    const tooLarge = file && file.size > limit;
    complain(tooLarge ? document.getElementById("too-large").content.textContent.trim().replace("{size}", Math.ceil(file.size / 1e6).toLocaleString("en")) : "");
    return !tooLarge;
  };
  field.addEventListener("change", check);
  form.addEventListener("submit", (event) => {
    if (!check()) {
      event.preventDefault();
      field.focus();
      return;
    }
    button.disabled = true;
    button.textContent = button.dataset.busy;
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
