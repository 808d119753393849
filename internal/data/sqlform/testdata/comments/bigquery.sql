select a -- one
, b # two
from t;
