select a, [1, 2], {'x': 1}, a // 2, list_transform([1], x -> x + 1), $1, columns('a.*') from t qualify row_number() over (order by a) = 1;
