export {
  type FollowAt,
  type Followed,
  type FollowStep,
  followedDueAtMs,
  followedPending,
  followPlaybook,
  followRecord,
  followTime,
  NOBODY_YET,
} from './follow.ts';
export { reasonsOfLook, showPending, verdictOfLook } from './show.ts';
export type * from './types.ts';
