import { writeCarts } from '../../kit/detect-house.ts';
import { declareWorks } from '../../kit/work.ts';
import { fireAll } from './due-works.ts';
import { indexAlone, throughCore } from './index-works.ts';

export const works = declareWorks(import.meta.url, { throughCore, indexAlone, writeCarts, fireAll });
