// node-forge's parts can be loaded one by one, but its types describe only the whole.
declare module "node-forge/lib/forge.js" {
  import forge from "node-forge";
  export default forge;
}
declare module "node-forge/lib/rc2.js";
