/** The name that servers register and clients look for. */
export const SERVICE = 'echo';
