export { type Holdout, isHeldOut, stickyPercent } from './sticky.ts';
