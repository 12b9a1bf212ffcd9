/** What end-to-end tests and benchmarks use of the command line: a house as people start it. */
export { type FoundHouse, findHouse } from './house/find.ts';
export { choosePorts, planServices, type ServiceName, serviceNames } from './house/plan.ts';
export { publishPlaybook, readPlaybookFiles, starterFolder } from './house/publish.ts';
export { type StartOptions, startHouse } from './house/start.ts';
export { mappingSchema } from './import/mapping/schema.ts';
export { decidingStages, identifyStages } from './playbook/stages.ts';
export { readFeatures } from './segments/feature-text.ts';
export { fit as fitModel } from './segments/fit.ts';
export type { Person } from './segments/persons.ts';
export { Random } from './shop/random.ts';
export { openPlaces } from './simulate/history/open-history.ts';
export { rehearse } from './simulate/rehearse.ts';
export { defaultWorkers } from './simulate/shares/threads.ts';
export { openTerminal, type Terminal } from './terminal.ts';
