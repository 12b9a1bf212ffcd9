export { arbitraryEvent, arbitraryEvents, type EventOptions } from './arbitrary-event.ts';
export { enrichedEvent } from './enriched-event.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export {
  given,
  Story,
  type StoryContext,
  type StoryEmission,
  type StoryOptions,
  type StoryProcessor,
  type StoryStep,
} from './story.ts';
export { uniqueName } from './unique-name.ts';
