select a from t where b = 1 # a comment
and c = 2 -- another
or d; /* the last */
