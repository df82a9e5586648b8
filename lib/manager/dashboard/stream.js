// Server-sent events, read with fetch: an EventSource cannot send a token.

const RETRY_MS = 500;
/** A stream that says nothing for so long is dead: the server sends a snapshot every second. */
const SILENCE_MS = 3_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Reads /events for ever, with a token when `isLocked` says that the server wants one. `onMessage(event, data)` is told every message, `onLink('live' | 'offline', why?)` how the
 * connection is; `askToken(wasRefused)` gives a token, whenever the user has typed one.
 */
export async function follow({ token: first, isLocked, onMessage, onLink, askToken }) {
  let token = first;
  if (isLocked && token === undefined) token = await askToken(false);
  for (;;) {
    let why;
    try {
      const status = await readStream(token, onMessage, () => onLink('live'));
      if (status === 401) {
        token = await askToken(token !== undefined);
        continue;
      }
      why = status === 200 ? 'the server ended the stream' : `the server answers ${status}`;
    } catch {
      why = 'the server cannot be reached';
    }
    onLink('offline', why);
    await pause(RETRY_MS);
  }
}

/** Reads one stream to its end; gives the status of the answer. */
async function readStream(token, onMessage, onOpen) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch('events', { headers, cache: 'no-store', signal: silence.signal });
    if (!response.ok) return response.status;
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ''; ; ) {
      const { done, value } = await reader.read();
      if (done) return response.status;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const messages = (rest + value).split('\n\n');
      rest = messages.pop();
      for (const message of messages) tell(message, onMessage);
    }
  } finally {
    clearTimeout(timer);
  }
}

function tell(message, onMessage) {
  let event = 'message';
  const data = [];
  for (const line of message.split('\n')) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
  if (data.length > 0) onMessage(event, JSON.parse(data.join('\n')));
}
