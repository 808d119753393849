import{b as t,j as r}from"./chunk-E6KIE5J6.js";function i(){return t`<${r}>Operator</${r}>`}export{i as Admin};
