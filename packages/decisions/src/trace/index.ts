export { PersonTrace, type TraceNow } from './person-trace.ts';
export { reasonsOfLook, showPending, verdictOfLook } from './show.ts';
