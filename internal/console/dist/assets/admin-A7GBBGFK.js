import{b as t,s as r}from"./chunk-KUVUIPZU.js";function i(){return t`<${r}>Operator</${r}>`}export{i as Admin};
