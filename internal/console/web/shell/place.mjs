// Where the console is: its modules lie in <console>/assets/, the API beside
// <console>. So it works below any path that a proxy puts before it.
const base = new URL('../', import.meta.url).pathname;

/** The path of the console, with a slash at its end. */
export const consolePath = base;

/** The path of the API, with a slash at its end. */
export const apiPath = base.replace(/console\/$/, '');

/** The address of the API for programs that run elsewhere, without a slash at its end. */
export function apiAddress() {
  return location.origin + apiPath.replace(/\/$/, '');
}
