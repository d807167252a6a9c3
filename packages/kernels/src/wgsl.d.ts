/** A `.wgsl` file imports as its own text, exactly as a reader sees it. */
declare module "*.wgsl" {
  const source: string;
  export default source;
}
