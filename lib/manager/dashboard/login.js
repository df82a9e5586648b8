const KEY = 'connpool-token';

/** The token that was typed in this tab. */
export function knownToken() {
  return sessionStorage.getItem(KEY) ?? undefined;
}

/** Shows the form until a token is typed. */
export function askToken(form, wasRefused) {
  const input = form.querySelector('[type="password"]');
  sessionStorage.removeItem(KEY);
  form.querySelector('[role="alert"]').textContent = wasRefused ? 'The server refuses that token.' : '';
  form.hidden = false;
  input.value = '';
  input.focus();
  return new Promise((resolve) => {
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        sessionStorage.setItem(KEY, input.value);
        form.hidden = true;
        resolve(input.value);
      },
      { once: true },
    );
  });
}
