export { checkModel, type ModelFault, modelLimits } from './check-model.ts';
export {
  compileFeature,
  distanceSquared,
  type ReadFeature,
} from './compile-model.ts';
export type { CompiledModel } from './compiled-model.ts';
export { featurePathFault, numericFields, readFeaturePath, writeFeaturePath } from './feature-path.ts';
