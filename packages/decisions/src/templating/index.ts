export { messageView } from './message-view.ts';
export { aliases as placeholderAliases } from './placeholders.ts';
export { type SmsLength, smsLength } from './sms-segments.ts';
export {
  checkTemplate,
  profileReads,
  type Rendered,
  type RenderOptions,
  renderTemplate,
  templateReads,
  templateVariables,
} from './template.ts';
