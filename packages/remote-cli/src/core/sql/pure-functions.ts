/** Functions, types and operators of PostgreSQL that only compute from what they are given. */
const setOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const PURE_FUNCTIONS = setOf(`
  count sum avg min max stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_slope
  bool_and bool_or every string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg percentile_cont
  percentile_disc mode row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
  lower upper initcap length char_length character_length octet_length substring substr position strpos left right trim
  btrim ltrim rtrim lpad rpad repeat reverse replace translate split_part concat concat_ws overlay ascii chr md5 format
  starts_with regexp_replace regexp_match regexp_matches regexp_split_to_array regexp_split_to_table regexp_count
  regexp_substr to_char to_date to_timestamp to_number abs ceil ceiling floor round trunc sqrt cbrt power exp ln log mod
  sign div gcd lcm pi degrees radians sin cos tan random width_bucket now date_trunc date_part date_bin extract age
  make_date make_time make_timestamp make_interval timezone justify_days justify_hours justify_interval isfinite
  clock_timestamp statement_timestamp transaction_timestamp json_extract_path json_extract_path_text jsonb_extract_path
  jsonb_extract_path_text json_array_length jsonb_array_length json_typeof jsonb_typeof to_json to_jsonb json_build_object
  jsonb_build_object json_build_array jsonb_build_array json_array_elements json_array_elements_text jsonb_array_elements
  jsonb_array_elements_text json_object_keys jsonb_object_keys jsonb_each jsonb_each_text json_each json_each_text
  generate_series unnest array_length array_position array_to_string string_to_array cardinality array_append
  array_cat array_remove num_nonnulls num_nulls similarity`);

export const PURE_TYPES = setOf(`int2 int4 int8 integer bigint smallint numeric decimal float4 float8 real text varchar
  bpchar char bool boolean date time timetz timestamp timestamptz interval json jsonb uuid bytea inet`);

export const PURE_OPERATORS =
  setOf(`+ - * / % ^ = <> != < > <= >= || ~ ~* !~ !~* ~~ ~~* !~~ !~~* -> ->> #> #>> @> <@ ? ?|
  ?& && |/ @ & | # << >>`);
