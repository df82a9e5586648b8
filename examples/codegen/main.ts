// A generated class at work: the methods of PriceClient, spread over three of them.
//
//   npm run example:codegen
//
// price-client-pool.ts was written by
//   connpool codegen --source examples/codegen/price-client.ts --type PriceClient --output examples/codegen/generated/price-client-pool.ts
import { PriceClientPool } from './generated/price-client-pool.js';
import { PriceClient } from './price-client.js';

const prices = new PriceClientPool({ balancer: 'roundRobin' });
for (const id of ['north', 'east', 'south']) prices.addClient(new PriceClient(id), { id });

const counts = new Map<string, number>();
prices.use((call, next) => {
  counts.set(call.method ?? '?', (counts.get(call.method ?? '?') ?? 0) + 1);
  return next();
});

for (const thing of ['tea', 'coffee', 'milk']) {
  const { server, cents } = await prices.priceOf(thing, AbortSignal.timeout(1_000));
  console.log(`${thing}: ${cents} cents, says ${server}`);
}
for await (const { server, cents } of await prices.pricesOf(['rice', 'bread'])) {
  console.log(`streamed: ${cents} cents, all from ${server}`);
}
const converted = await prices.convert({ server: 'here', cents: 100 }, 1.1);
console.log(`converted: ${converted.cents} cents`);
console.log(`calls: ${[...counts].map(([method, count]) => `${method} ${count}`).join(', ')}`);
await prices.close();
