select a, b from t // a comment
where b = 1;
