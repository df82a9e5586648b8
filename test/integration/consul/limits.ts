/** How long a change in Consul may take to arrive, ms. */
export const CHANGE_MS = 2_000;
/** The same after the agent was down. */
export const RESTART_MS = 4_000;
