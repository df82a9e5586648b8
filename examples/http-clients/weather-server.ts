import { createServer } from 'node:http';
import { listen } from './listen.js';

/** One of the servers: answers `GET /weather?city=` as its mood says. */
export interface WeatherServer {
  readonly url: string;
  /** `well` answers, `ill` answers 500, `slow` takes a while. */
  mood: 'well' | 'ill' | 'slow';
  /** Requests that have come. */
  readonly requests: number;
  close(): Promise<void>;
}

const SLOW_MS = 120;

export async function startWeatherServer(): Promise<WeatherServer> {
  let mood: WeatherServer['mood'] = 'well';
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const city = new URL(request.url ?? '/', 'http://localhost').searchParams.get('city') ?? '';
    const answer = () => {
      response.writeHead(mood === 'ill' ? 500 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ city, degrees: city.length }));
    };
    if (mood === 'slow') setTimeout(answer, SLOW_MS);
    else answer();
  });
  return {
    ...(await listen(server)),
    get mood() {
      return mood;
    },
    set mood(next) {
      mood = next;
    },
    get requests() {
      return requests;
    },
  };
}
