export { aliases as placeholderAliases } from './placeholders.ts';
export {
  checkTemplate,
  profileReads,
  type Rendered,
  type RenderOptions,
  renderTemplate,
  templateReads,
  templateVariables,
} from './template.ts';
