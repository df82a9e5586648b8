const KEY = 'connpool-theme';
const THEMES = { auto: 'light dark', light: 'light', dark: 'dark' };

/** Makes a button go through the themes; `onChange` runs whenever the colours are others. */
export function handleTheme(button, onChange) {
  const names = Object.keys(THEMES);
  let theme = localStorage.getItem(KEY) ?? 'auto';
  const apply = () => {
    if (!names.includes(theme)) theme = 'auto';
    document.documentElement.style.colorScheme = THEMES[theme];
    button.textContent = `Theme: ${theme}`;
    onChange();
  };
  button.addEventListener('click', () => {
    theme = names[(names.indexOf(theme) + 1) % names.length];
    localStorage.setItem(KEY, theme);
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  apply();
}
