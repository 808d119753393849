/* outer /* inner */ outer */ select 1;
select a /* b */ from t -- c
