import { declareWorks } from '../../kit/work.ts';
import { consumeBare, consumeWithPort } from './consume.ts';
import { produceBareInCalls, produceEach, produceInCalls, produceLingering } from './produce.ts';

export const works = declareWorks(import.meta.url, {
  consumeWithPort,
  consumeBare,
  produceLingering,
  produceEach,
  produceInCalls,
  produceBareInCalls,
});
